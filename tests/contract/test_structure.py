"""The structure that CONTRIBUTING promises: small modules, unique names, and a chassis that knows no domain."""

import ast
import re
import statistics
import tomllib
from collections import defaultdict
from pathlib import Path

from tests.functions import ROOT

PACKAGES = ("events", "functions", "knative", "scripts/verifier")
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if path.name != "__init__.py" and path.parent.name != "versions"
)
ROLE_NAMES = {"__main__.py", "api.py", "tables.py"}
"""Modules with the same role in each package: its entry, its HTTP function, its tables."""

DOMAIN_WORDS = re.compile(r"task|reminder|recurrence|notification|webhook|audit|dead_?letter", re.IGNORECASE)


def public_definitions(path: Path) -> list[str]:
    """Return the names of the public classes and functions that a module defines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    return [node.name for node in found if not node.name.startswith("_") and node.name != "main"]


def duplicates(names: list[tuple[str, Path]]) -> dict[str, list[str]]:
    """Return the names that occur more than once, with the files."""
    places = defaultdict(list)
    for name, path in names:
        places[name].append(str(path.relative_to(ROOT)))
    return {name: files for name, files in places.items() if len(files) > 1}


def test_modules_are_small() -> None:
    """Half of the modules have at most 75 lines, nine of ten at most 150, and none more than 250."""
    sizes = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES)
    assert statistics.median(sizes) <= 75
    assert sizes[len(sizes) * 9 // 10] <= 150
    assert sizes[-1] <= 250


def test_test_modules_are_small() -> None:
    """No test module has more than 250 lines either."""
    assert [path for path in (ROOT / "tests").rglob("*.py") if len(path.read_text().splitlines()) > 250] == []


def test_a_public_name_has_one_definition() -> None:
    """A search for the name of a class or a function finds one definition."""
    assert duplicates([(name, path) for path in MODULES for name in public_definitions(path)]) == {}


def test_a_module_name_has_one_module() -> None:
    """A search for the name of a module finds one module, except for the names of a role in each package."""
    assert duplicates([(path.name, path) for path in MODULES if path.name not in ROLE_NAMES]) == {}


def test_every_module_states_its_purpose() -> None:
    """Each module starts with a docstring whose first line is a whole sentence of at most 120 characters."""
    for path in MODULES:
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        assert docstring, path
        assert docstring.splitlines()[0].endswith((".", ":")), path


def test_the_chassis_defines_no_domain_word() -> None:
    """No class, function or module of the chassis is named after a domain."""
    chassis = [path for path in MODULES if path.is_relative_to(ROOT / "functions" / "chassis")]
    names = [(name, path) for path in chassis for name in (*public_definitions(path), path.stem)]
    assert [(name, str(path)) for name, path in names if DOMAIN_WORDS.search(name)] == []


def test_import_contracts_have_no_exceptions() -> None:
    """No contract ignores an import, and one of them forbids circles."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    assert not [contract["name"] for contract in settings["contracts"] if "ignore_imports" in contract]
    assert "acyclic_siblings" in {contract["type"] for contract in settings["contracts"]}


def test_the_number_of_threads_is_stated_once() -> None:
    """The list of functions states an instance's threads; settings and image take the number from the environment."""
    settings = (ROOT / "functions/chassis/runtime/settings.py").read_text(encoding="utf-8")
    assert re.search(r"^    threads: Annotated\[int, [^\]]+\]\]?$", settings, re.MULTILINE)  # no default
    assert "THREADS=" not in (ROOT / "knative/Dockerfile").read_text(encoding="utf-8")
