"""The examples of RFC 5545 (section 3.8.5.3), each with the dates that it gives."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from functions.schedule.rule_parser import parse_rule
from tests.unit.schedule.recurrence_set import upcoming

NEW_YORK = ZoneInfo("America/New_York")
LABOUR_DAY = datetime(1997, 9, 2, 9)  # noqa: DTZ001 - DTSTART;TZID=America/New_York:19970902T090000


def days(text: str) -> list[datetime]:
    """Return dates such as ``1997-09-02 03``: further days of the month before follow as two digits."""
    found: list[datetime] = []
    for word in text.split():
        if len(word) == 2:
            found.append(found[-1].replace(day=int(word)))
        else:
            found.append(datetime.fromisoformat(f"{word}T09:00"))
    return found


EXAMPLES = [
    ("Daily for 10 occurrences", "FREQ=DAILY;COUNT=10", "1997-09-02", "1997-09-02 03 04 05 06 07 08 09 10 11"),
    (
        "Every other day - forever",
        "FREQ=DAILY;INTERVAL=2",
        "1997-09-02",
        "1997-09-02 04 06 08 10 12 14 16 18 20 22 24 26 28 30 1997-10-02",
    ),
    ("Every 10 days, 5 occurrences", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-02", "1997-09-02 12 22 1997-10-02 12"),
    ("Every day in January", "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", "1998-01-01", "1998-01-01 02 03 04 05"),
    (
        "Every day in January, yearly",
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "1998-01-30",
        "1998-01-30 31 1999-01-01 02",
    ),
    (
        "Weekly for 10 occurrences",
        "FREQ=WEEKLY;COUNT=10",
        "1997-09-02",
        "1997-09-02 09 16 23 30 1997-10-07 14 21 28 1997-11-04",
    ),
    (
        "Every other week - forever",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "1997-09-02",
        "1997-09-02 16 30 1997-10-14 28 1997-11-11 25 1997-12-09 23 1998-01-06 20",
    ),
    (
        "Weekly on Tuesday and Thursday for five weeks",
        "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
        "1997-09-02",
        "1997-09-02 04 09 11 16 18 23 25 30 1997-10-02",
    ),
    (
        "Every other week on Monday, Wednesday, and Friday until December 24, 1997",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997-09-01",
        "1997-09-01 03 05 15 17 19 29 1997-10-01 03 13 15 17 27 29 31 1997-11-10 12 14 24 26 28 1997-12-08 10 12 22",
    ),
    (
        "Every other week on Tuesday and Thursday, for 8 occurrences",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "1997-09-02",
        "1997-09-02 04 16 18 30 1997-10-02 14 16",
    ),
    (
        "Monthly on the first Friday for 10 occurrences",
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "1997-09-05",
        "1997-09-05 1997-10-03 1997-11-07 1997-12-05 1998-01-02 1998-02-06 1998-03-06 1998-04-03 1998-05-01 1998-06-05",
    ),
    (
        "Monthly on the first Friday until December 24, 1997",
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        "1997-09-05",
        "1997-09-05 1997-10-03 1997-11-07 1997-12-05",
    ),
    (
        "Every other month on the first and last Sunday of the month for 10 occurrences",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997-09-07",
        "1997-09-07 28 1997-11-02 30 1998-01-04 25 1998-03-01 29 1998-05-03 31",
    ),
    (
        "Monthly on the second-to-last Monday of the month for 6 months",
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "1997-09-22",
        "1997-09-22 1997-10-20 1997-11-17 1997-12-22 1998-01-19 1998-02-16",
    ),
    (
        "Monthly on the third-to-the-last day of the month, forever",
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "1997-09-28",
        "1997-09-28 1997-10-29 1997-11-28 1997-12-29 1998-01-29 1998-02-26",
    ),
    (
        "Monthly on the 2nd and 15th of the month for 10 occurrences",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "1997-09-02",
        "1997-09-02 15 1997-10-02 15 1997-11-02 15 1997-12-02 15 1998-01-02 15",
    ),
    (
        "Monthly on the first and last day of the month for 10 occurrences",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997-09-30",
        "1997-09-30 1997-10-01 31 1997-11-01 30 1997-12-01 31 1998-01-01 31 1998-02-01",
    ),
    (
        "Every 18 months on the 10th thru 15th of the month for 10 occurrences",
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997-09-10",
        "1997-09-10 11 12 13 14 15 1999-03-10 11 12 13",
    ),
    (
        "Every Tuesday, every other month",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "1997-09-02",
        "1997-09-02 09 16 23 30 1997-11-04 11 18 25 1998-01-06 13 20 27 1998-03-03 10 17 24 31",
    ),
    (
        "Yearly in June and July for 10 occurrences",
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "1997-06-10",
        "1997-06-10 1997-07-10 1998-06-10 1998-07-10 1999-06-10 1999-07-10 2000-06-10 2000-07-10 2001-06-10 2001-07-10",
    ),
    (
        "Every other year on January, February, and March for 10 occurrences",
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997-03-10",
        "1997-03-10 1999-01-10 1999-02-10 1999-03-10 2001-01-10 2001-02-10 2001-03-10 2003-01-10 2003-02-10 2003-03-10",
    ),
    (
        "Every third year on the 1st, 100th, and 200th day for 10 occurrences",
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "1997-01-01",
        "1997-01-01 1997-04-10 1997-07-19 2000-01-01 2000-04-09 2000-07-18 2003-01-01 2003-04-10 2003-07-19 2006-01-01",
    ),
    (
        "Every 20th Monday of the year, forever",
        "FREQ=YEARLY;BYDAY=20MO",
        "1997-05-19",
        "1997-05-19 1998-05-18 1999-05-17",
    ),
    (
        "Monday of week number 20",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "1997-05-12",
        "1997-05-12 1998-05-11 1999-05-17",
    ),
    (
        "Every Thursday in March, forever",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        "1997-03-13",
        "1997-03-13 20 27 1998-03-05 12 19 26 1999-03-04 11 18 25",
    ),
    (
        "Every Thursday, but only during June, July, and August, forever",
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997-06-05",
        "1997-06-05 12 19 26 1997-07-03 10 17 24 31 1997-08-07 14 21 28 1998-06-04",
    ),
    (
        "Every Friday the 13th, forever",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "1997-09-02",
        # DTSTART, which the RFC excludes with an EXDATE, always counts as the first.
        "1997-09-02 1998-02-13 1998-03-13 1998-11-13 1999-08-13 2000-10-13",
    ),
    (
        "The first Saturday that follows the first Sunday of the month, forever",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997-09-13",
        "1997-09-13 1997-10-11 1997-11-08 1997-12-13 1998-01-10 1998-02-07 1998-03-07 1998-04-11 1998-05-09 1998-06-13",
    ),
    (
        "Every 4 years, the first Tuesday after a Monday in November, forever (U.S. Presidential Election day)",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996-11-05",
        "1996-11-05 2000-11-07 2004-11-02",
    ),
    (
        "The third instance into the month of one of Tuesday, Wednesday, or Thursday, for the next 3 months",
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        "1997-09-04",
        "1997-09-04 1997-10-07 1997-11-06",
    ),
    (
        "The second-to-last weekday of the month",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "1997-09-29",
        "1997-09-29 1997-10-30 1997-11-27 1997-12-30 1998-01-29 1998-02-26 1998-03-30",
    ),
    (
        "The days generated makes a difference because of WKST: Monday",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        "1997-08-05",
        "1997-08-05 10 19 24",
    ),
    (
        "The days generated makes a difference because of WKST: Sunday",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        "1997-08-05",
        "1997-08-05 17 19 31",
    ),
    (
        "An example where an invalid date (i.e., February 30) is ignored",
        "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        "2007-01-15",
        "2007-01-15 30 2007-02-15 2007-03-15 30",
    ),
]


@pytest.mark.parametrize(
    ("text", "start", "expected"), [case[1:] for case in EXAMPLES], ids=[case[0] for case in EXAMPLES]
)
def test_example(text: str, start: str, expected: str) -> None:
    """The rule gives the RFC's dates, at nine on New York's wall clock."""
    wanted = days(expected)
    found = upcoming(parse_rule(text), start=days(start)[0], zone=NEW_YORK, limit=len(wanted))
    assert [occurrence.wall for occurrence in found] == wanted
    assert [occurrence.number for occurrence in found] == list(range(1, len(wanted) + 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", ["09:00", "12:00", "15:00"]),
        ("FREQ=MINUTELY;INTERVAL=15;COUNT=6", ["09:00", "09:15", "09:30", "09:45", "10:00", "10:15"]),
        ("FREQ=MINUTELY;INTERVAL=90;COUNT=4", ["09:00", "10:30", "12:00", "13:30"]),
    ],
    ids=["Every 3 hours on a specific day", "Every 15 minutes for 6 occurrences", "Every hour and a half for 4"],
)
def test_example_within_a_day(text: str, expected: list[str]) -> None:
    """Hours and minutes step in absolute time; 21:00 UTC, the first one's UNTIL, is 17:00 in New York."""
    found = upcoming(parse_rule(text), start=LABOUR_DAY, zone=NEW_YORK, limit=10)
    assert [f"{occurrence.wall:%H:%M}" for occurrence in found] == expected


def test_until_is_the_last_that_may_be() -> None:
    """Daily until midnight UTC of December 24, 1997: of 113 occurrences the last is the day before."""
    found = upcoming(parse_rule("FREQ=DAILY;UNTIL=19971224T000000Z"), start=LABOUR_DAY, zone=NEW_YORK, limit=500)
    assert (len(found), f"{found[-1].wall:%Y-%m-%d}") == (113, "1997-12-23")
