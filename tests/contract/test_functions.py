"""Tests that ``functions.yaml`` and the code have the same functions, triggers, calls and secrets."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

from events.catalogue import CATALOGUE
from knative.function_list import Function, load_function_list
from tests.contract.published_events import find_published_types
from tests.functions import ROOT

LISTED = load_function_list()
BY_CLOCK = {clock.sink: {"dev.knative.sources.ping"} for clock in LISTED.clocks}
EVERYTHING = {kind.type for kind in CATALOGUE.values() if kind.audited}
REACTIONS = [function for function in LISTED.functions if not function.paths]
SUBSCRIBERS = [function for function in REACTIONS if function.triggers]
CALL = re.compile(r"\binvoke_service\(\s*[\w.()]+,\s*\"([\w-]+)\"")


def import_module(function: Function) -> ModuleType:
    """Return a function's module, without serving it."""
    name = function.source.removesuffix(".py").replace("/", ".")
    return importlib.import_module(name)


def name_case(function: Function) -> str:
    """Return the name of a test case."""
    return function.name


@pytest.mark.parametrize("function", LISTED.functions, ids=name_case)
def test_every_listed_function_exists(function: Function) -> None:
    """The file of an entry defines the target, and is in the folder of the domain."""
    assert callable(getattr(import_module(function), function.target))
    assert function.source.startswith(f"functions/{function.domain}/")


def test_every_function_is_listed() -> None:
    """Every file that defines a function is an entry of the list."""
    serving = re.compile(r"^@(reaction|receiver)\(|= api\.serve\(\)|^@functions_framework\.http", re.MULTILINE)
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "functions").rglob("*.py")
        if "chassis" not in path.parts and serving.search(path.read_text(encoding="utf-8"))
    }
    assert found == {function.source for function in LISTED.functions}


@pytest.mark.parametrize("function", SUBSCRIBERS, ids=name_case)
def test_triggers_send_what_the_function_subscribes_to(function: Function) -> None:
    """The types of a function's triggers and clock equal the types in its code."""
    subscribed = {kind.type for kind in import_module(function).__dict__[function.target].subscribes} or EVERYTHING
    sent = {trigger["type"] for trigger in function.triggers if "type" in trigger} or EVERYTHING
    assert subscribed == sent | BY_CLOCK.get(function.name, set())


@pytest.mark.parametrize("function", LISTED.functions, ids=name_case)
def test_triggers_name_existing_events(function: Function) -> None:
    """The type is in the catalogue, and events have the other attributes."""
    for trigger in function.triggers:
        assert trigger.get("type", "todo.TaskCreated") in CATALOGUE
        assert set(trigger) <= {"type", "recurring", "reminders", "moved", "concluded", "audited"}


def test_every_event_has_a_subscriber() -> None:
    """Some events have no subscriber beside the audit log."""
    triggers = [trigger for function in LISTED.functions for trigger in function.triggers]
    for kind in CATALOGUE.values():
        by_type = any(trigger.get("type") == kind.type for trigger in triggers)
        assert by_type or kind.audited or kind.type == "dev.knative.sources.ping"


@pytest.mark.parametrize("function", LISTED.functions, ids=name_case)
def test_published_events_are_listed(function: Function) -> None:
    """The relay wakes the functions that handle the listed events."""
    assert find_published_types(function) == set(function.publishes)


def test_only_the_function_that_publishes_due_events_wakes_others() -> None:
    """The clock's sink is the relay."""
    assert {function.name for function in LISTED.functions if function.wakes} == set(BY_CLOCK)


def test_calls_are_listed_as_reaches() -> None:
    """The network policies allow only the calls that are listed."""
    for domain in {function.domain for function in LISTED.functions}:
        code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "functions" / domain).glob("*.py"))
        called = set(CALL.findall(code))
        listed = {name for function in LISTED.functions if function.domain == domain for name in function.reaches}
        assert called == listed - {"relay-outbox"}


def test_only_callers_have_the_service_key() -> None:
    """A function signs user contexts for its calls to another function."""
    for function in LISTED.functions:
        calls = bool(set(function.reaches) - {function.name})
        assert ("service-key" in function.secrets) == calls
        assert ("user-context-keys" in function.secrets) == bool(function.paths)


def test_the_list_is_in_the_folder_of_the_chart() -> None:
    """Helm reads files of the chart's folder only."""
    assert (Path(ROOT) / "knative" / "chart" / "functions.yaml").is_file()
