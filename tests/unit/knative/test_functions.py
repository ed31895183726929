"""The one list of functions: what is read from it, and how a mistake in it is named."""

from pathlib import Path

import pytest
import yaml
from cronsim import CronSim

from knative.functions import LIST, FunctionListError, load
from tests.samples import NOON
from tests.unit.knative.scripted_functions import function

DELIVERY = {"retry": 2, "backoffPolicy": "exponential", "backoffDelay": "PT0.5S", "deadLetterSink": "keep"}


def written(folder: Path, *functions: object, **members: object) -> Path:
    """Return a file with a list of these functions and the sink that every list needs."""
    document = {
        "broker": {"name": "default", "delivery": DELIVERY},
        "functions": [*functions, function("keep")],
        **members,
    }
    file = folder / "functions.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def test_the_product_s_list_is_sound() -> None:
    """The committed list can be read, and its clocks' schedules are schedules."""
    functions = load()
    assert functions.named("tasks").paths == ["/tasks", "/series"]
    assert all(CronSim(clock.schedule, NOON) for clock in functions.clocks)


def test_defaults_fill_in_what_an_entry_leaves_out(tmp_path: Path) -> None:
    """An entry says only what differs, also within scale."""
    entry = {key: value for key, value in function("one").items() if key not in ("timeout", "scale")}
    defaults = {"timeout": "20s", "scale": {"max": 10, "concurrency": 8, "window": "15s"}}
    file = written(tmp_path, {**entry, "scale": {"max": 2}}, defaults=defaults)
    one = load(file).named("one")
    assert (one.timeout_seconds, one.scale.max, one.scale.concurrency, one.scale.window_seconds) == (20, 2, 8, 15)


def test_delays_double(tmp_path: Path) -> None:
    """Exponential back-off is the delay times two to the power of the try."""
    assert load(written(tmp_path)).broker.delivery.delays == [0.5, 1.0]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (function("one", timeout="soon"), "one.timeout: "),
        (function("one", scale={"max": 0, "concurrency": 1, "window": "1s"}), "one.scale.max: "),
        (function("one", paths=["tasks"]), "one.paths.0: "),
        (function("one", colour="red"), "one.colour: "),
        (function("one", reaches=["two"]), "one names two, which is not listed"),
        (function("keep"), "keep is listed twice"),
        (function("one", source="functions/samples/two.py"), "one: name must be two, as its source says"),
        (function("one", source="functions/samples/api.py"), "one: name must be samples, as its source says"),
        (function("one", triggers=[{"userId": "x"}]), "one.triggers.0.userId"),
    ],
)
def test_a_mistake_is_named_in_one_line(tmp_path: Path, entry: object, message: str) -> None:
    """The entry and the field come first, whatever is wrong."""
    file = written(tmp_path, entry)
    with pytest.raises(FunctionListError) as caught:
        load(file)
    assert str(caught.value).startswith(f"{file}: {message}")
    assert "\n" not in str(caught.value)


def test_a_sink_must_be_listed(tmp_path: Path) -> None:
    """A clock cannot tick for a function that does not exist."""
    clock = {"name": "tick", "schedule": "* * * * *", "sink": "nobody"}
    with pytest.raises(FunctionListError, match="clock tick names nobody, which is not listed"):
        load(written(tmp_path, clocks=[clock]))


@pytest.mark.parametrize("text", ["functions: [", "just a word", "functions: 3", ""])
def test_what_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    """Anything that is not such a document gets one line too."""
    file = tmp_path / "functions.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FunctionListError, match=r"^[^\n]+$"):
        load(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere is said."""
    with pytest.raises(FunctionListError, match=r"absent\.yaml: No such file"):
        load(tmp_path / "absent.yaml")


def test_the_list_is_where_the_chart_finds_it() -> None:
    """The default is the chart's own file."""
    assert LIST.parts[-3:] == ("knative", "chart", "functions.yaml")
