"""Measures 5,000 in-app reminders that are due at the same moment: rate, lateness, CPU, and idle seconds."""

from typing import Any

from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.burst_run import (
    FULL_PATIENCE,
    IDLE_CORE,
    PATIENCE,
    RESTING,
    count_idle_seconds,
    count_resting_seconds,
    measure_foreign_cores,
    run_burst,
)
from tests.benchmarks.harness.figures import Goal, ratio
from tests.benchmarks.harness.plot import draw_lines
from tests.benchmarks.harness.running_platform import run_platform_under_test
from tests.benchmarks.harness.table import Table
from tests.benchmarks.harness.workbench import BenchOptions

COUNT, KIND = 5000, 1
FOREIGN_CORES = 0.25
"""Cores that other work may use during a burst without a note."""

CONDITIONS = f"""In-app reminders of 100 users, on the platform of scripts/up. Their rows are stored by SQL, as if
they had been scheduled before. A burst ends when every reminder is settled and no due event is left in the outbox,
so that all events are handled and audited, or {PATIENCE:.0f} s after the due time (with --full {FULL_PATIENCE:.0f}
s); the rate is that of the settled ones. A core idles in a second in which the cores of the machine, together, had
nothing to do for {IDLE_CORE} s; a disk that is waited for counts as idle. The system rests in a second in which its
processes use less than {RESTING} cores. CPU is that of all processes."""


def measure(options: BenchOptions) -> dict[str, Any]:
    """Return the burst."""
    with run_platform_under_test() as platform:
        return run_burst(platform, KIND, COUNT, patience=FULL_PATIENCE if options.full else PATIENCE)


def report(raw: dict[str, Any]) -> Answer:
    """Return the answer."""
    idle = count_idle_seconds(raw["samples"])
    return Answer(
        title=f"burst: {raw['count']:,} reminders due at one moment",
        conditions=CONDITIONS,
        tables=[burst_table({"burst": raw})],
        goals=[
            Goal("reminders settled and audited a second", burst_rate(raw), "at least", 150, "/s"),
            Goal("early deliveries", raw["early"], "at most", 0),
            Goal("seconds in which a core idles while an event is due", idle, "at most", 0, " s"),
        ],
        notes=burst_notes({"burst": raw}),
        plots=burst_plots("burst", raw),
    )


def burst_rate(raw: dict[str, Any]) -> float:
    """Return the settled reminders a second."""
    return ratio(raw["settled"], raw["seconds"])


def burst_table(bursts: dict[str, dict[str, Any]]) -> Table:
    """Return a row for each burst."""
    late = ("p50 late s", "p99 late s", "last s")
    columns = ("", "reminders", "settled", "/s", *late, "early", "idle s", "resting s", "CPU ms each")
    rows = [
        (
            name,
            one["count"],
            one["settled"],
            burst_rate(one),
            *(one["late_s"][key] for key in ("p50", "p99", "last")),
            one["early"],
            count_idle_seconds(one["samples"]),
            count_resting_seconds(one["samples"]),
            ratio(sum(one["cpu"].values()) * 1e3, one["settled"]),
        )
        for name, one in bursts.items()
    ]
    return Table(columns, rows)


def burst_notes(bursts: dict[str, dict[str, Any]]) -> list[str]:
    """Return a note for each burst that was stopped before its end, or that shared the machine with other work."""
    shared = {name: measure_foreign_cores(one) for name, one in bursts.items()}
    notes = [
        f"{name}: other work used {cores:.1f} cores of the machine, so its rate, lateness and idle seconds say little"
        for name, cores in shared.items()
        if cores > FOREIGN_CORES
    ]
    return notes + [
        f"{name}: stopped after {one['seconds']:.0f} s with {one['count'] - one['settled']:,} reminders unsettled;"
        " lateness is that of the delivered ones, and the real one is greater"
        for name, one in bursts.items()
        if one["settled"] < one["count"]
    ]


def burst_plots(name: str, raw: dict[str, Any]) -> dict[str, str]:
    """Return the CPU of each second, and the events that wait."""
    samples = raw["samples"]
    largest = sorted(raw["cpu"], key=lambda kind: -raw["cpu"][kind])[:4]
    cpu = {"all": [(max(0.0, one["at"]), sum(one["cpu"].values())) for one in samples]}
    cpu |= {kind: [(max(0.0, one["at"]), one["cpu"].get(kind, 0.0)) for one in samples] for kind in largest}
    cpu["idle"] = [(max(0.0, one["at"]), one["idle"]) for one in samples]
    counts = {
        "due events in the outbox": [(max(0.0, one["at"]), float(one["due"])) for one in samples],
        "settled reminders": [(max(0.0, one["at"]), float(one["settled"])) for one in samples],
    }
    after = "seconds after the due time"
    return {
        f"{name}-cpu": draw_lines("CPU per second", cpu, x_label=after, y_label="cores"),
        f"{name}-progress": draw_lines("Progress", counts, x_label=after, y_label="count"),
    }
