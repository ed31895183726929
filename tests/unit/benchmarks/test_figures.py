"""The arithmetic of the benchmarks: percentiles, ratios and verdicts."""

import math

import pytest

from tests.benchmarks.harness.figures import Goal, median, median_ratio, percentile, ratio


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 50), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_one_of_the_values(share: float, expected: float) -> None:
    """The smallest value that is not exceeded by at least this share of the values."""
    assert percentile(list(range(100, 0, -1)), share) == expected


def test_no_values_have_no_percentile_and_no_median() -> None:
    """An unknown figure is NaN, and not 0."""
    assert math.isnan(percentile([], 0.5))
    assert math.isnan(median([]))


def test_a_ratio_to_nothing_is_unknown() -> None:
    """A division by zero does not end a run."""
    assert math.isnan(ratio(1.0, 0.0))
    assert ratio(1.0, 4.0) == 0.25


def test_ratios_are_taken_within_a_round() -> None:
    """A slow round of both does not change the ratio, as it would change a ratio of medians."""
    assert median_ratio([10, 1, 30], [20, 2, 60]) == 0.5


@pytest.mark.parametrize(
    ("measured", "bound", "limit", "verdict"),
    [
        (0.5, "at least", 0.5, "reached"),
        (0.25, "at least", 0.5, "missed: 50% of it"),
        (0.0, "at least", 0.5, "missed: nothing"),
        (1.5, "at most", 1.5, "reached"),
        (3.0, "at most", 1.5, "missed: 2.0 times it"),
        (4.0, "at most", 0.0, "missed: 4"),
        (math.nan, "at most", 1.5, "not measured"),
    ],
)
def test_a_verdict_says_by_how_much_a_goal_is_missed(measured: float, bound: str, limit: float, verdict: str) -> None:
    """A limit counts as reached; an unknown value does not."""
    goal = Goal("a goal", measured, bound, limit)  # type: ignore[arg-type] # parametrize has no literal types
    assert goal.verdict == verdict
    assert goal.is_reached == (verdict == "reached")
