"""The answer about subjects under load: a table with rate, ratio to one of them, CPU and latency, and a plot."""

from collections.abc import Mapping, Sequence

from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.figures import Goal, median, median_ratio, ratio
from tests.benchmarks.harness.plot import draw_bars
from tests.benchmarks.harness.subject import RawRound, median_cpu_ms, median_rate, rate_of
from tests.benchmarks.harness.table import Table

BARE = "bare function"
"""The subject that CPU times are compared with, where it is measured."""


def rate_table(rounds: Mapping[str, Sequence[RawRound]], *, base: str, piece: str) -> Table:
    """Return a row for each subject. ``base`` names the one that ratios refer to, ``piece`` the piece of work."""
    rows = []
    bare = median_cpu_ms(rounds[BARE], "function") if BARE in rounds else 0.0
    bases = [rate_of(one) for one in rounds[base]]
    for name, measured in rounds.items():
        rates = [rate_of(one) for one in measured]
        trouble = sum(one["rejected"] + one["unpublished"] for one in measured)
        rows.append(
            (
                name + (f" ({trouble} rejected or not published)" if trouble else ""),
                median(rates),
                f"{min(rates):,.0f} to {max(rates):,.0f}",
                median_ratio(rates, bases),
                median_cpu_ms(measured, "function"),
                ratio(median_cpu_ms(measured, "function"), bare) if bare else float("nan"),
                median_cpu_ms(measured, "postgresql"),
                median([one["latency_ms"]["p50"] for one in measured]),
                median([one["latency_ms"]["p99"] for one in measured]),
            )
        )
    columns = (
        f"subject, per {piece}",
        "/s",
        "range",
        "ratio",
        "CPU ms",
        "of bare",
        "PostgreSQL ms",
        "p50 ms",
        "p99 ms",
    )
    return Table(columns, rows)


def answer_rates(
    rounds: Mapping[str, Sequence[RawRound]],
    goals: Sequence[Goal],
    *,
    name: str,
    title: str,
    piece: str,
    base: str,
    conditions: str,
) -> Answer:
    """Return the answer to the question ``name``. ``base`` and ``piece`` are as in :func:`rate_table`."""
    plot = draw_bars(f"{piece.capitalize()}s a second", {k: median_rate(v) for k, v in rounds.items()}, unit="/s")
    return Answer(
        title=f"{name}: {title}",
        conditions=conditions,
        tables=[rate_table(rounds, base=base, piece=piece)],
        goals=goals,
        plots={name: plot},
    )
