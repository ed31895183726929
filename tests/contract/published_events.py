"""Finds the events that a function may emit, by following the names in its code."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from events.catalogue import CATALOGUE
from knative.function_list import Function
from tests.functions import ROOT

EVENT_CLASSES = {kind.__name__: kind.type for kind in CATALOGUE.values()}
CHECKS = {"isinstance", "issubclass"}
"""Functions that compare an event, and do not create one."""


@dataclass
class Module:
    """The top-level statements of a module by the names they define, and the origin of each imported name."""

    definitions: dict[str, ast.stmt] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)


def find_published_types(function: Function) -> set[str]:
    """Return the types of the events that a function's code names outside of annotations, decorators and checks.

    Starts at the target of a reaction, and at everything in the modules that declare an HTTP function's operations.
    """
    name = function.source.removesuffix(".py").replace("/", ".")
    pending = [(name, function.target)]
    if function.paths:
        modules = [name, *(one for one in _read_module(name).imports.values() if _is_module(one))]
        pending = [(module, start) for module in modules for start in _read_module(module).definitions]
    seen, found = set(pending), set[str]()
    for place, definition in pending:  # grows within the loop
        for parts in _names_in(_read_module(place).definitions[definition]):
            if len(parts) == 1 and parts[0] in EVENT_CLASSES:
                found.add(EVENT_CLASSES[parts[0]])
            reached = _resolve(place, parts)
            if reached and reached not in seen:
                seen.add(reached)
                pending.append(reached)
    return found


@cache
def _read_module(name: str) -> Module:
    module = Module()
    for statement in ast.parse(_path_of(name).read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.ImportFrom) and statement.module:
            for alias in statement.names:
                module.imports[alias.asname or alias.name] = f"{statement.module}.{alias.name}"
        for defined in _defined_by(statement):
            module.definitions[defined] = statement
    return module


def _defined_by(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets: Sequence[ast.expr] = statement.targets if isinstance(statement, ast.Assign) else ()
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _path_of(name: str) -> Path:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"


def _is_module(name: str) -> bool:
    return _path_of(name).is_file()


def _resolve(place: str, parts: Sequence[str]) -> tuple[str, str] | None:
    """Return the module and the name that a name or ``module.name`` refers to, if a domain defines it."""
    module = _read_module(place)
    if parts[0] in module.definitions:
        return place, parts[0]
    origin = ".".join([module.imports.get(parts[0], ""), *parts[1:2]])
    for target in (origin, module.imports.get(parts[0], "")):
        home, _, name = target.rpartition(".")
        is_domain = home.startswith("functions.") and "chassis" not in home and _is_module(home)
        if is_domain and name in _read_module(home).definitions:
            return home, name
    return None


def _names_in(node: ast.AST) -> Iterator[tuple[str, ...]]:
    """Yield each name and each ``module.name`` in code, without annotations, decorators and checks of types."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CHECKS:
        return
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        yield node.value.id, node.attr
        return
    if isinstance(node, ast.Name):
        yield (node.id,)
    for name, value in ast.iter_fields(node):
        if name not in {"annotation", "returns", "decorator_list"}:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _names_in(child)
