"""Validates the recurrence in a request: reports a rule that cannot be followed as a problem of the request."""

from events.fields import zone_of
from events.task import Recurrence, Series
from functions.chassis.http.problem import field_problem
from functions.schedule.rule import RuleError
from functions.schedule.rule_parser import parse_rule
from functions.schedule.rule_start import check_rule_start


def validate_rule(recurrence: Recurrence) -> None:
    """Raise a 400 problem that names the part to change if the rule of a recurrence is invalid."""
    try:
        parse_rule(recurrence.rule, recurrence.month_end)
    except RuleError as error:
        raise field_problem(400, "recurrence.rule", str(error)) from None


def validate_series_start(series: Series) -> None:
    """Raise a 400 problem that names the part to change if a series never leads beyond its start."""
    rule = parse_rule(series.recurrence.rule, series.recurrence.month_end)
    try:
        zone, anchor = zone_of(series.time_zone), series.recurrence.anchor
        check_rule_start(rule, start=series.start, zone=zone, anchor=anchor)
    except RuleError as error:
        raise field_problem(400, "recurrence.rule", str(error)) from None
