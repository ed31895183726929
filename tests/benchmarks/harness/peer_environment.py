"""Installs the peers into a virtual environment of their own, so that none of their packages mixes with ours."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.benchmarks.harness.function_host import ROOT

REQUIREMENTS: Final = Path(__file__).parents[1] / "requirements.txt"
FOLDER: Final = ROOT / ".bench" / "peers"


def install_peers() -> tuple[Path | None, str]:
    """Return the interpreter of the peers' environment; or None and the reason why it cannot be made.

    An environment with the same requirements is used again.
    """
    python, installed = FOLDER / "bin" / "python", FOLDER / "requirements.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if installed.exists() and installed.read_text(encoding="utf-8") == wanted:
        return python, ""
    print("installing the peers into .bench/peers (once)", file=sys.stderr)  # noqa: T201 - progress for the user
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(FOLDER)],
        [str(python), "-m", "pip", "--quiet", "--no-input", "install", "-r", str(REQUIREMENTS)],
    ):
        try:
            result = subprocess.run(command, check=False, capture_output=True, text=True)
        except OSError as error:
            return None, f"the peers cannot be installed: {error}"
        if result.returncode:
            lines = (result.stderr or result.stdout).strip().splitlines() or ["no reason given"]
            return None, f"the peers cannot be installed: {lines[-1]}"
    installed.write_text(wanted, encoding="utf-8")
    return python, ""
