"""The list of functions against the code: neither knows a function, a trigger or a call that the other does not."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

from events.catalogue import CATALOGUE
from knative.functions import Function, load
from tests.functions import ROOT

LISTED = load()
BY_CLOCK = {clock.sink: {"dev.knative.sources.ping"} for clock in LISTED.clocks}
EVERYTHING = {kind.type for kind in CATALOGUE.values() if kind.audited}
REACTIONS = [function for function in LISTED.functions if not function.paths]
HEARERS = [function for function in REACTIONS if function.triggers]
CALL = re.compile(r"\binvoke_service\(\s*[\w.()]+,\s*\"([\w-]+)\"")


def module_of(function: Function) -> ModuleType:
    """Read a function's module as nobody serves it."""
    name = function.source.removesuffix(".py").replace("/", ".")
    return importlib.import_module(name)


def named(function: Function) -> str:
    """Name a case by its function."""
    return function.name


@pytest.mark.parametrize("function", LISTED.functions, ids=named)
def test_what_is_listed_exists(function: Function) -> None:
    """Every entry's file has its target, and lies in its domain's folder."""
    assert callable(getattr(module_of(function), function.target))
    assert function.source.startswith(f"functions/{function.domain}/")


def test_what_exists_is_listed() -> None:
    """Every file that serves something is an entry of the list."""
    serving = re.compile(r"^@(reaction|receiver)\(|= api\.serve\(\)|^@functions_framework\.http", re.MULTILINE)
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "functions").rglob("*.py")
        if "chassis" not in path.parts and serving.search(path.read_text(encoding="utf-8"))
    }
    assert found == {function.source for function in LISTED.functions}


@pytest.mark.parametrize("function", HEARERS, ids=named)
def test_a_function_hears_what_its_triggers_send(function: Function) -> None:
    """The types of a function's triggers, and of its clock, are exactly those that its code takes."""
    heard = {kind.type for kind in module_of(function).__dict__[function.target].subscribes} or EVERYTHING
    sent = {trigger["type"] for trigger in function.triggers if "type" in trigger} or EVERYTHING
    assert heard == sent | BY_CLOCK.get(function.name, set())


@pytest.mark.parametrize("function", LISTED.functions, ids=named)
def test_triggers_name_events_that_there_are(function: Function) -> None:
    """A trigger's type is in the catalogue, and its other attributes are ones that events carry."""
    for trigger in function.triggers:
        assert trigger.get("type", "todo.TaskCreated") in CATALOGUE
        assert set(trigger) <= {"type", "recurring", "reminders", "moved", "audited"}


def test_every_event_is_heard_by_somebody() -> None:
    """Nothing is said that nobody listens to, if only the audit log."""
    triggers = [trigger for function in LISTED.functions for trigger in function.triggers]
    for kind in CATALOGUE.values():
        by_type = any(trigger.get("type") == kind.type for trigger in triggers)
        assert by_type or kind.audited or kind.type == "dev.knative.sources.ping"


def test_a_function_reaches_what_it_says_it_reaches() -> None:
    """Whoever calls another service says so in the list, for the network policies that come of it."""
    for domain in {function.domain for function in LISTED.functions}:
        code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "functions" / domain).glob("*.py"))
        called = set(CALL.findall(code))
        listed = {name for function in LISTED.functions if function.domain == domain for name in function.reaches}
        assert called == listed - {"relay-outbox"}


def test_whoever_calls_has_the_key_to_sign_with() -> None:
    """A function that reaches another has the key for the user context; no other function has it."""
    for function in LISTED.functions:
        calls = bool(set(function.reaches) - {function.name})
        assert ("service-key" in function.secrets) == calls
        assert ("user-context-keys" in function.secrets) == bool(function.paths)


def test_the_list_itself_is_where_the_chart_is() -> None:
    """The one list lies in the chart's folder."""
    assert (Path(ROOT) / "knative" / "chart" / "functions.yaml").is_file()
