"""Tests of the list of functions: its defaults, and the messages for its errors."""

from pathlib import Path

import pytest
import yaml
from cronsim import CronSim

from knative.function_list import FUNCTION_LIST_PATH, FunctionListError, load_function_list
from tests.samples import NOON
from tests.unit.knative.scripted_functions import function_entry

DELIVERY = {"retry": 2, "backoffPolicy": "exponential", "backoffDelay": "PT0.5S", "deadLetterSink": "keep"}


def write_list(folder: Path, *functions: object, **members: object) -> Path:
    """Write a list of these functions, and of the dead-letter sink that every list needs; return its path."""
    document = {
        "broker": {"name": "default", "delivery": DELIVERY},
        "functions": [*functions, function_entry("keep")],
        **members,
    }
    file = folder / "functions.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def test_the_list_of_the_product_is_valid() -> None:
    """The committed list loads, and the schedules of its clocks are valid."""
    functions = load_function_list()
    assert functions.get_function("tasks").paths == ["/tasks", "/series"]
    assert all(CronSim(clock.schedule, NOON) for clock in functions.clocks)


def test_defaults_fill_in_missing_members(tmp_path: Path) -> None:
    """An entry has only the members that differ, also within ``scale``."""
    entry = {key: value for key, value in function_entry("one").items() if key not in ("timeout", "scale")}
    defaults = {"timeout": "20s", "scale": {"max": 10, "concurrency": 8, "window": "15s"}}
    file = write_list(tmp_path, {**entry, "scale": {"max": 2}}, defaults=defaults)
    one = load_function_list(file).get_function("one")
    assert (one.timeout_seconds, one.scale.max, one.scale.concurrency, one.scale.window_seconds) == (20, 2, 8, 15)


def test_delays_double(tmp_path: Path) -> None:
    """Each delay of the exponential back-off is twice the one before."""
    assert load_function_list(write_list(tmp_path)).broker.delivery.delays == [0.5, 1.0]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (function_entry("one", timeout="soon"), "one.timeout: "),
        (function_entry("one", scale={"max": 0, "concurrency": 1, "window": "1s"}), "one.scale.max: "),
        (function_entry("one", paths=["tasks"]), "one.paths.0: "),
        (function_entry("one", colour="red"), "one.colour: "),
        (function_entry("one", reaches=["two"]), "one names two, which is not listed"),
        (function_entry("keep"), "keep is listed twice"),
        (function_entry("one", source="functions/samples/two.py"), "one: name must be two, as its source says"),
        (function_entry("one", source="functions/samples/api.py"), "one: name must be samples, as its source says"),
        (function_entry("one", triggers=[{"userId": "x"}]), "one.triggers.0.userId"),
    ],
)
def test_an_error_is_one_line(tmp_path: Path, entry: object, message: str) -> None:
    """The message begins with the file, the function and the field."""
    file = write_list(tmp_path, entry)
    with pytest.raises(FunctionListError) as caught:
        load_function_list(file)
    assert str(caught.value).startswith(f"{file}: {message}")
    assert "\n" not in str(caught.value)


def test_a_sink_must_be_listed(tmp_path: Path) -> None:
    """A clock cannot send events to a function that does not exist."""
    clock = {"name": "tick", "schedule": "* * * * *", "sink": "nobody"}
    with pytest.raises(FunctionListError, match="clock tick names nobody, which is not listed"):
        load_function_list(write_list(tmp_path, clocks=[clock]))


@pytest.mark.parametrize("text", ["functions: [", "just a word", "functions: 3", ""])
def test_another_document_is_rejected(tmp_path: Path, text: str) -> None:
    """The message for any other text is one line too."""
    file = tmp_path / "functions.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FunctionListError, match=r"^[^\n]+$"):
        load_function_list(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The message has the path."""
    with pytest.raises(FunctionListError, match=r"absent\.yaml: No such file"):
        load_function_list(tmp_path / "absent.yaml")


def test_the_default_path_is_in_the_chart() -> None:
    """Helm can read files of its own chart only."""
    assert FUNCTION_LIST_PATH.parts[-3:] == ("knative", "chart", "functions.yaml")
