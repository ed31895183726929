"""Tables and plots of the benchmarks."""

import math
import xml.etree.ElementTree as ET

import pytest

from tests.benchmarks.harness.answer import Answer
from tests.benchmarks.harness.figures import Goal
from tests.benchmarks.harness.plot import draw_bars, draw_lines
from tests.benchmarks.harness.table import Table, format_number

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.5, "1,234"), (12.34, "12.3"), (0.456, "0.46"), (3, "3"), (math.nan, "-"), (0.0, "0")],
)
def test_numbers_have_about_three_digits(value: float, text: str) -> None:
    """An unknown number is a dash."""
    assert format_number(value) == text


def test_a_table_has_columns_of_equal_width() -> None:
    """It is Markdown, and readable without a renderer."""
    table = Table(("subject", "/s"), [("a function", 1234.0), ("b", math.nan)])
    assert table.to_text().splitlines() == [
        "| subject    | /s    |",
        "|------------|-------|",
        "| a function | 1,234 |",
        "| b          | -     |",
    ]


def test_no_line_of_a_table_is_too_long() -> None:
    """Columns lose their equal width before a line becomes longer than lines of documents may be."""
    table = Table(("a", "b"), [("x" * 60, "y"), ("z", "y" * 55)])
    assert max(map(len, table.to_text().splitlines())) <= 120


def test_an_answer_shows_conditions_verdicts_and_plots() -> None:
    """The conditions come before the numbers."""
    goal = Goal("rate", 10.0, "at least", 20.0, "/s")
    text = Answer("title", "conditions", [Table(("a",), [(1,)])], [goal], ["a note"], {"plot": "<svg/>"}).to_text()
    assert (
        text.index("conditions") < text.index("| a |") < text.index("| rate | 10/s     | at least 20/s | missed: 50%")
    )
    assert "- a note" in text
    assert text.endswith("![plot](plots/plot.svg)\n")


def test_bars_are_valid_svg() -> None:
    """A bar's length is in proportion to its value; an unknown value has no bar; names are escaped."""
    drawn = ET.fromstring(draw_bars("rates", {"a < b": 10.0, "half": 5.0, "unknown": math.nan}, unit="/s"))
    _, longest, half = drawn.findall(f"{SVG}rect")
    assert float(longest.attrib["width"]) == 2 * float(half.attrib["width"])
    assert "a < b" in [text.text for text in drawn.findall(f"{SVG}text")]


def test_lines_are_valid_svg() -> None:
    """A line ends at the right edge of the axes, and its highest point is at the top."""
    drawn = ET.fromstring(
        draw_lines("CPU", {"all": [(0, 0), (5, 2), (10, 1)], "none": []}, x_label="s", y_label="cores")
    )
    first, _ = drawn.findall(f"{SVG}polyline")
    points = [tuple(map(float, point.split(","))) for point in first.attrib["points"].split()]
    assert points == [(60.0, 280.0), (400.0, 40.0), (740.0, 160.0)]


@pytest.mark.parametrize(
    "drawn", [draw_bars("no bars", {}, unit=""), draw_lines("no lines", {}, x_label="", y_label="")]
)
def test_a_plot_of_nothing_is_valid_svg(drawn: str) -> None:
    """A question without numbers still has a plot."""
    assert ET.fromstring(drawn).tag == f"{SVG}svg"
