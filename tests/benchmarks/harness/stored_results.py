"""Stores the raw numbers of each question as JSON, and makes the answers and plots from them."""

import json
import os
import platform
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from tests.benchmarks.harness.answer import Answer

RUN_BEGIN, RUN_END = "<!-- run -->", "<!-- end of run -->"
"""The marks around the run in a document."""


def import_question(name: str) -> Any:
    """Return the module of a question, such as ``questions/local_platform.py`` for ``local-platform``."""
    return import_module(f"tests.benchmarks.questions.{name.replace('-', '_')}")


def store_numbers(name: str, raw: object, *, seconds: float, folder: Path) -> None:
    """Store what a question measured in ``seconds``, with the machine it ran on."""
    found = {
        "question": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": seconds,
        "machine": describe_machine(),
        "raw": raw,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def describe_machine() -> dict[str, Any]:
    """Return what the numbers depend on most."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg()[0],
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def compose_answer(name: str, folder: Path) -> str:
    """Return the answer to a question from its stored numbers, as Markdown, and write its plots to ``folder``."""
    found = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    answer = cast("Answer", import_question(name).report(found["raw"]))
    (folder / "plots").mkdir(exist_ok=True)
    for plot, drawn in answer.plots.items():
        (folder / "plots" / f"{plot}.svg").write_text(drawn, encoding="utf-8")
    machine = found["machine"]
    origin = f"{found['at']}, {found['seconds']:.0f} s, {machine['cores']} cores, Python {machine['python']}"
    return f"{answer.to_text()}\n{origin}, load average at the end {machine['load']:.1f}\n"


def write_run(names: Iterable[str], folder: Path, document: Path) -> None:
    """Replace the run in a document, between its two marks, by the answers to these questions, and copy the plots."""
    known = [name for name in names if (folder / f"{name}.json").exists()]
    answers = "\n".join(compose_answer(name, folder) for name in known)
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(RUN_BEGIN)
    _, end, after = rest.partition(RUN_END)
    assert begin, f"{document} has no {RUN_BEGIN}"
    assert end, f"{document} has no {RUN_END}"
    document.write_text(f"{before}{begin}\n\n{answers}\n{end}{after}", encoding="utf-8")
    shutil.copytree(folder / "plots", document.parent / "plots", dirs_exist_ok=True)
