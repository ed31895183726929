"""The questions of the benchmarks: each is complete, and what several of them share."""

import json
from pathlib import Path

import pytest

from events.task import TaskCreated
from tests.benchmarks.harness.burst_run import count_idle_seconds, count_resting_seconds, measure_foreign_cores
from tests.benchmarks.harness.catalogue import QUESTIONS
from tests.benchmarks.harness.event_requests import compose_request, numbered_id, repeat_event
from tests.benchmarks.harness.peer_environment import REQUIREMENTS
from tests.benchmarks.harness.peer_process import PEERS
from tests.benchmarks.harness.rate_table import BARE, rate_table
from tests.benchmarks.harness.stored_results import RUN_BEGIN, RUN_END, import_question, store_numbers, write_run
from tests.benchmarks.harness.subject import cpu_ms_of, rate_of
from tests.event_encoding import encode_binary
from tests.functions import ROOT
from tests.samples import TASK_ID, a_task, an_event

ROUND = {
    "pieces": 100,
    "seconds": 2.0,
    "rejected": 0,
    "unpublished": 0,
    "latency_ms": {"p50": 1.0, "p99": 2.0},
    "cpu": {"function": 0.3, "arbiter": 0.1, "postgresql": 0.1},
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_question_is_a_module(name: str) -> None:
    """It measures, reports, and states its conditions."""
    question = import_question(name)
    assert callable(question.measure)
    assert callable(question.report)
    assert question.CONDITIONS


def test_the_readme_explains_each_question_and_each_peer() -> None:
    """Both tables of the benchmarks' README are complete."""
    readme = (ROOT / "tests" / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert [name for name in QUESTIONS if f"| `{name}` |" not in readme] == []
    assert [name for name in PEERS if f"| {name.partition(',')[0]} |" not in readme] == []


def test_each_peer_has_a_pinned_version_and_an_adapter() -> None:
    """The versions are those of one file."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").lower().splitlines()
    pinned = {line.partition("==")[0] for line in lines if "==" in line}
    for peer in {name.partition(",")[0] for name in PEERS}:
        assert peer in pinned
        assert (REQUIREMENTS.parent / "peers" / f"{peer}_peer.py").exists()


def test_a_rate_and_cpu_are_those_of_a_piece() -> None:
    """CPU is that of the named processes, or of all."""
    assert rate_of(ROUND) == 50
    assert cpu_ms_of(ROUND, "function") == pytest.approx(3)
    assert cpu_ms_of(ROUND) == pytest.approx(5)


def test_the_table_of_rates_shows_what_went_wrong() -> None:
    """A subject with rejected requests is marked."""
    text = rate_table({BARE: [ROUND], "ours": [{**ROUND, "rejected": 7}]}, base=BARE, piece="event").to_text()
    assert "| ours (7 rejected or not published) | 50 " in text


def test_a_core_idles_only_while_an_event_is_due() -> None:
    """A second counts if an event was due at its begin and at its end."""
    due, free = {"due": 5, "idle": 1.2, "cpu": {"a": 0.2}}, {"due": 0, "idle": 1.2, "cpu": {"a": 0.2}}
    assert count_idle_seconds([free, due, due, due, free]) == 2
    assert count_idle_seconds([due, {**due, "idle": 0.4}]) == 0
    assert count_resting_seconds([free, due, due]) == 1
    assert measure_foreign_cores({"cores": 2, "samples": [due, due, {**due, "idle": 1.0}]}) == pytest.approx(0.7)
    assert measure_foreign_cores({"cores": 2, "samples": [due]}) == 0
    assert count_resting_seconds([due, {**due, "cpu": {"a": 0.3, "b": 0.3}}]) == 0


def test_each_request_of_a_load_is_an_event_of_its_own() -> None:
    """It has a new id and the next row's number, and is otherwise the sample."""
    sample = an_event(TaskCreated(task=a_task()))
    make_request = repeat_event(sample, (3, TASK_ID))
    first, second = make_request(), make_request()
    assert len(first) == len(second) == len(compose_request("/", *encode_binary(sample)))
    assert numbered_id(3, 1).encode() in first
    assert numbered_id(3, 2).encode() in second
    assert sample.attributes.id.encode() not in first + second


def test_a_run_is_written_between_the_marks(tmp_path: Path) -> None:
    """The text around it stays, and a second run replaces the first."""
    document = tmp_path / "README.md"
    document.write_text(f"before\n{RUN_BEGIN}\nold\n{RUN_END}\nafter\n", encoding="utf-8")
    found = {name: [ROUND] for name in ("append-audit", "one-row transaction")}
    store_numbers("audit", {"rounds": found}, seconds=1.0, folder=tmp_path / "results")
    write_run(QUESTIONS, tmp_path / "results", document)
    text = document.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{RUN_BEGIN}\n\n### audit")
    assert text.endswith(f"\n{RUN_END}\nafter\n")
    assert "old" not in text
    assert (tmp_path / "plots" / "audit.svg").exists()
    assert json.loads((tmp_path / "results" / "audit.json").read_text(encoding="utf-8"))["machine"]["cores"] >= 1
