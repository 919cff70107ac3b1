"""A small line of counts as inline SVG."""

from collections.abc import Sequence
from html import escape

WIDTH = 240
HEIGHT = 44
TOP = 4


def sparkline(values: Sequence[int], text: str) -> str:
    """The values from left to right, from zero up; `text` is what a screen reader says."""
    highest = max((*values, 1))
    step = WIDTH / max(len(values) - 1, 1)
    points = [(place * step, HEIGHT - (HEIGHT - TOP) * value / highest) for place, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"0,{HEIGHT} {line} {points[-1][0]:.1f},{HEIGHT}"
    return (
        f'<svg class="line" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(text)}"><polygon points="{area}"/><polyline points="{line}"/></svg>'
    )
