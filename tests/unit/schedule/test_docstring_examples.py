"""The examples in the docstrings of the schedule modules."""

import doctest
import importlib
import pkgutil

import pytest

from functions import schedule

MODULES = [module.name for module in pkgutil.iter_modules(schedule.__path__)]
WITH_EXAMPLES = {"day_sets", "duration", "gregorian", "rule_summary", "week_numbers"}


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_are_correct(name: str) -> None:
    """Each example returns what its docstring shows."""
    result = doctest.testmod(importlib.import_module(f"functions.schedule.{name}"))
    assert result.failed == 0
    assert result.attempted > 0 or name not in WITH_EXAMPLES
