"""The command of ``scripts/bench``: measures questions, and prints tables with verdicts."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.harness.catalogue import QUESTIONS
from tests.benchmarks.harness.stored_results import compose_answer, import_question, store_numbers, write_run
from tests.benchmarks.harness.workbench import BenchOptions

README = Path(__file__).with_name("README.md")
DEFAULTS = BenchOptions()
RESULTS = Path(__file__).parents[2] / ".bench"


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the command's options."""
    width = max(map(len, QUESTIONS)) + 2
    listed = "\n".join(f"  {name:{width}}{text}" for name, text in QUESTIONS.items())
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description=f"Measures the system and prints tables with verdicts. Questions:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("questions", nargs="*", metavar="NAME", help="the questions to ask; all without a name")
    parser.add_argument("--rounds", type=int, default=DEFAULTS.rounds, help="rounds of each subject (%(default)s)")
    parser.add_argument("--seconds", type=float, default=DEFAULTS.seconds, help="of a round (%(default)s)")
    parser.add_argument("--full", action="store_true", help="the full sizes, which take longer than two minutes")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of raw numbers and plots (%(default)s)")
    parser.add_argument("--show", action="store_true", help="measure nothing; print the tables of the stored numbers")
    parser.add_argument(
        "--write", action="store_true", help="also write the last numbers of all questions to the README"
    )
    options = parser.parse_args(arguments)
    for name in options.questions:
        if name not in QUESTIONS:
            parser.error(f"there is no question {name}: choose from {', '.join(QUESTIONS)}")
    return options


def measure_question(name: str, options: BenchOptions, results: Path) -> None:
    """Measure a question and store its raw numbers."""
    began = time.monotonic()
    raw = import_question(name).measure(options)
    store_numbers(name, raw, seconds=time.monotonic() - began, folder=results)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = parse_options(arguments)
    chosen = options.questions or list(QUESTIONS)
    bench = BenchOptions(rounds=options.rounds, seconds=options.seconds, full=options.full)
    for name in chosen:
        if not options.show:
            measure_question(name, bench, options.results)
        print(compose_answer(name, options.results), flush=True)  # noqa: T201 - a command
    if options.write:
        write_run(QUESTIONS, options.results, README)
    return 0


if __name__ == "__main__":
    sys.exit(main())
