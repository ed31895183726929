"""Plots as SVG, without a library: bars for comparisons, lines for courses over time."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

COLOURS: Final = ("#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#475569")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 320, 60, 20, 40, 40
BAR, BAR_LEFT = 26, 250


def draw_bars(title: str, bars: Mapping[str, float], *, unit: str) -> str:
    """Return horizontal bars, one for each entry, with its value beside it. A bar of NaN is left out."""
    shown = {name: value for name, value in bars.items() if value == value}  # noqa: PLR0124 - NaN differs from itself
    longest = max(shown.values(), default=0.0) or 1.0
    parts = []
    for index, (name, value) in enumerate(shown.items()):
        y, width = TOP + index * BAR, (WIDTH - BAR_LEFT - 120) * value / longest
        parts += [
            _text(BAR_LEFT - 8, y + 15, name, anchor="end"),
            f'<rect x="{BAR_LEFT}" y="{y + 3}" width="{width:.1f}" height="{BAR - 8}" fill="{COLOURS[0]}"/>',
            _text(BAR_LEFT + width + 6, y + 15, f"{value:,.4g} {unit}"),
        ]
    return _document(title, parts, height=TOP + len(shown) * BAR + 14)


def draw_lines(title: str, lines: Mapping[str, Sequence[tuple[float, float]]], *, x_label: str, y_label: str) -> str:
    """Return lines of (x, y) points over common axes that start at 0."""
    points = [point for line in lines.values() for point in line]
    right, top = (max((point[axis] for point in points), default=0.0) or 1.0 for axis in (0, 1))
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    parts = [f'<path d="M{LEFT} {TOP} V{TOP + height} H{LEFT + width}" stroke="#334155" fill="none"/>']
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_text(LEFT + width * part, TOP + height + 16, f"{right * part:.4g}", anchor="middle"))
        parts.append(_text(LEFT - 6, TOP + height * (1 - part) + 4, f"{top * part:.3g}", anchor="end"))
    parts.append(_text(LEFT + width, TOP + height + 32, x_label, anchor="end"))
    parts.append(_text(LEFT, TOP - 8, y_label))
    for index, (name, line) in enumerate(lines.items()):
        colour = COLOURS[index % len(COLOURS)]
        drawn = " ".join(f"{LEFT + width * x / right:.1f},{TOP + height * (1 - y / top):.1f}" for x, y in line)
        parts.append(f'<polyline points="{drawn}" stroke="{colour}" stroke-width="1.5" fill="none"/>')
        parts.append(_text(WIDTH - RIGHT, TOP + 14 + 16 * index, name, anchor="end", colour=colour))
    return _document(title, parts, height=HEIGHT)


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = "#0f172a") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _document(title: str, parts: Sequence[str], *, height: int) -> str:
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    style = 'font-family="sans-serif" font-size="12"'
    background = f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    heading = f'<text x="{WIDTH / 2}" y="20" text-anchor="middle" font-size="14">{escape(title)}</text>'
    return "\n".join([f"{frame} {style}>", background, heading, *parts, "</svg>", ""])
