"""The command line of ``scripts/deploy``."""

from pathlib import Path

import pytest

from knative.deploy.options import Image, parse

KNOWN = ["tasks", "reminders", "schedule-reminders", "cancel-reminders"]


def _refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as refused:
        parse(KNOWN, arguments)
    assert refused.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("scripts/deploy: ")
    assert said.count("\n") == 1
    return said


def test_all_functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A values file is the caller's, from whatever folder."""
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").touch()
    options = parse(
        KNOWN,
        ["--helm", "-n", "todo", "--values", "my.yaml", "--set", "a=1", "--set", "b=2", "--image", "host:5000/todo:1"],
    )
    assert (options.action, options.namespace, options.release) == ("helm", "todo", "todo")
    assert options.values == (tmp_path / "my.yaml",)
    assert options.settings == ("a=1", "b=2")
    assert options.image == Image("host:5000/todo", "1")


@pytest.mark.parametrize(
    ("arguments", "action"),
    [
        ("tasks", "roll"),
        ("tasks --canary 10", "canary"),
        ("--rollback tasks", "rollback"),
        ("tasks --promote", "promote"),
    ],
)
def test_one_function(arguments: str, action: str) -> None:
    """A name alone is a roll."""
    options = parse(KNOWN, arguments.split())
    assert (options.action, options.function) == (action, "tasks")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("", "say what to deploy: --helm or --kn for all, or one function's name"),
        ("--helm --kn", "say what to deploy"),
        ("--kn tasks", "say what to deploy"),
        ("--kn --canary 10", "--canary is of one function: name it"),
        ("--rollback", "say what to deploy"),
        ("schedule-reminder", "there is no function schedule-reminder: is it schedule-reminders"),
        ("zzz", "there is no function zzz: there are tasks, reminders, schedule-reminders, cancel-reminders"),
        ("tasks --canary 0", "'0' is no share: it must be 1 to 99"),
        ("tasks --canary 100", "'100' is no share: it must be 1 to 99"),
        ("tasks --canary ten", "'ten' is no share"),
        ("tasks --canary 10 --rollback", "--rollback: not allowed with argument --canary"),
        ("tasks --set a=1", "--values, --set and --release go with --helm or --kn"),
        ("tasks --rollback --image todo:1", "--image cannot go with --rollback"),
        ("--kn --image todo", "'todo' is no image: it must be REPO:TAG"),
        ("--kn --image host:5000/todo", "'host:5000/todo' is no image"),
        ("--kn --values nowhere.yaml", "there is no file nowhere.yaml"),
        ("--kn --timeout soon", "'soon' is no number of seconds"),
    ],
)
def test_refusals(arguments: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong is named in one line, and what would be right."""
    assert says in _refusal(capsys, *arguments.split())
