"""How long a receiver asks to be left alone. Pure."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,9}")


def asked_to_wait(header: str | None, *, now: datetime) -> timedelta | None:
    """Return the time in a Retry-After header, seconds or a date (RFC 9110, section 10.2.3).

    None where there is no header, it cannot be read, or its date has passed.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return timedelta(seconds=int(text))
    try:
        date = parsedate_to_datetime(text)
        wait = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None
    return wait if wait > timedelta() else None
