"""Tests of the command line of ``scripts/deploy``."""

from pathlib import Path

import pytest

from knative.deploy.deploy_options import parse_deploy_options

FUNCTIONS = ["tasks", "reminders", "schedule-reminders", "cancel-reminders"]


def test_options_for_all_functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path of a values file starts at the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").touch()
    options = parse_deploy_options(
        FUNCTIONS,
        ["--helm", "-n", "todo", "--values", "my.yaml", "--set", "a=1", "--set", "b=2", "--image", "host:5000/todo:1"],
    )
    assert (options.action, options.namespace, options.release) == ("helm", "todo", "todo")
    assert options.values == [tmp_path / "my.yaml"]
    assert options.set == ["a=1", "b=2"]
    assert options.image == "host:5000/todo:1"


@pytest.mark.parametrize(
    ("arguments", "action"),
    [
        ("tasks", "roll"),
        ("tasks --canary 10", "canary"),
        ("--rollback tasks", "rollback"),
        ("tasks --promote", "promote"),
    ],
)
def test_options_for_one_function(arguments: str, action: str) -> None:
    """A name alone rolls out a new revision."""
    options = parse_deploy_options(FUNCTIONS, arguments.split())
    assert (options.action, options.function) == (action, "tasks")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "one of the arguments FUNCTION --helm --kn is required"),
        ("--helm --kn", "argument --kn: not allowed with argument --helm"),
        ("--kn tasks", "argument FUNCTION: not allowed with argument --kn"),
        ("--kn --canary 10", "--canary needs the name of one function"),
        ("--rollback", "one of the arguments FUNCTION --helm --kn is required"),
        ("schedule-reminder", "there is no function schedule-reminder: choose from schedule-reminders"),
        ("zzz", "there is no function zzz: choose from tasks, reminders, schedule-reminders, cancel-reminders"),
        ("tasks --canary 0", "'0' is not a number from 1 to 99"),
        ("tasks --canary 100", "'100' is not a number from 1 to 99"),
        ("tasks --canary ten", "'ten' is not a number"),
        ("tasks --canary 10 --rollback", "--rollback: not allowed with argument --canary"),
        ("tasks --set a=1", "--values, --set and --release need --helm or --kn"),
        ("tasks --rollback --image todo:1", "--image does not go with --rollback"),
        ("--kn --image todo", "'todo' is not an image such as REPO:TAG"),
        ("--kn --image host:5000/todo", "'host:5000/todo' is not an image"),
        ("--kn --values nowhere.yaml", "nowhere.yaml is not a file"),
        ("--kn --timeout soon", "'soon' is not a number"),
    ],
)
def test_a_wrong_option_is_named_in_one_line(arguments: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The line names the option and the remedy."""
    with pytest.raises(SystemExit) as refused:
        parse_deploy_options(FUNCTIONS, arguments.split())
    assert refused.value.code == 2
    printed = capsys.readouterr().err
    assert printed.startswith("scripts/deploy: ")
    assert printed.count("\n") == 1
    assert message in printed
