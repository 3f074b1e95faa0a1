# SPDX-License-Identifier: MIT
"""A bar chart as SVG: for each case the figure that it is about, a bar for each contender."""

from html import escape

from harness.contest import FIGURES, Result
from harness.report import number

WIDTH, NAMES, BARS, LINE, GAP = 900, 210, 470, 20, 16
OURS, OTHERS = "#1f6f8b", "#b9c4cc"
STYLE = "text{font:13px sans-serif;fill:#222}.t{font-weight:bold}.w{stroke:#555;stroke-width:1}svg{background:#fff}"


def bars(result: Result, top: int) -> tuple[list[str], int]:
    """The elements of one case below `top`, and where they end."""
    names, figure = result.names(), result.case.figure
    unit, better = FIGURES[figure]
    medians = {who: value for who in names if (value := result.median(who, figure)) is not None}
    longest = max((max(result.values(who, figure)) for who in medians), default=1) or 1
    title = f"{result.case.name}: {result.case.summary} ({unit}, {better} is better)"
    parts = [f'<text class="t" x="10" y="{top + 14}">{escape(title)}</text>']
    top += LINE + 4
    for who, value in medians.items():
        values = result.values(who, figure)
        at = [NAMES + BARS * each / longest for each in (min(values), max(values))]
        colour = OURS if who.startswith("culvert") else OTHERS
        middle = top + LINE // 2
        parts.append(f'<text x="{NAMES - 8}" y="{top + 14}" text-anchor="end">{escape(who)}</text>')
        parts.append(f'<rect x="{NAMES}" y="{top + 3}" width="{BARS * value / longest:.1f}" height="{LINE - 6}" fill="{colour}"/>')
        parts.append(f'<line class="w" x1="{at[0]:.1f}" x2="{at[1]:.1f}" y1="{middle}" y2="{middle}"/>')
        said = f"{number(value)} ({number(min(values))} to {number(max(values))})"
        parts.append(f'<text x="{NAMES + BARS + 10}" y="{top + 14}">{said}</text>')
        top += LINE
    return parts, top + GAP


def chart(results: list[Result]) -> str:
    """The thin line on a bar goes from the least round to the most."""
    parts, top = [], 10
    for result in results:
        if result.names():
            more, top = bars(result, top)
            parts += more
    size = f'width="{WIDTH}" height="{top}" viewBox="0 0 {WIDTH} {top}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{STYLE}</style>", *parts, "</svg>", ""])
