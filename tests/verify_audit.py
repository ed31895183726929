"""The verifier, which is a script and no module, as tests call it."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from types import ModuleType
from typing import Any

from tests.functions import ROOT

SCRIPT = ROOT / "scripts" / "verify-audit"


def load() -> Any:
    """Return the script's names, in a copy of the test's own."""
    loader = SourceFileLoader("verify_audit", str(SCRIPT))
    loader.set_data = lambda *_, **__: None  # type: ignore[method-assign] # leaves no bytecode among the scripts
    spec = spec_from_loader("verify_audit", loader)
    assert spec is not None
    module: ModuleType = module_from_spec(spec)
    loader.exec_module(module)
    return module


def in_chunks_of(verifier: Any, levels: int) -> Any:
    """Let the verifier hash so many levels in one go, so that a short log has many chunks."""
    verifier.LEVELS, verifier.CHUNK = levels, 1 << levels
    return verifier
