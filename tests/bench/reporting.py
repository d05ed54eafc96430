"""What was measured, as text for people, as JSON, and as a picture of how time grows."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from .comparing import Measured, ratios
from .workload import Size

Series = Mapping[str, Sequence[tuple[float, float]]]
"""By the name of what grows: how much of it, and seconds."""


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def table(size: Size, found: Sequence[Measured], rounds: int) -> str:
    """A Markdown page."""
    lines = [f"{size.label}. {machine()}. Median of {rounds} rounds, the contenders in turn.", ""]
    lines += ["| | segments | seconds | processor seconds | peak MB |", "| --- | --: | --: | --: | --: |"]
    lines += [
        f"| {one.task.contender} | {one.task.segments} | {one.wall:.1f} | {one.processor:.1f} | {one.memory:,.0f} |"
        for one in found
    ]
    told = ratios({one.task: one for one in found})
    if told:
        lines += ["", "| | ratio | at most |", "| --- | --: | --: |"]
        lines += [f"| {words} | {ratio:.2f} | {most:g} |" for words, ratio, most in told]
    return "\n".join(lines) + "\n"


def data(size: Size, found: Sequence[Measured]) -> dict[str, Any]:
    """The same for programs."""
    tasks = [
        {**asdict(one.task), "seconds": one.wall, "processor": one.processor, "peak_mb": one.memory} for one in found
    ]
    told = ratios({one.task: one for one in found})
    claims = [{"what": words, "ratio": ratio, "at_most": most} for words, ratio, most in told]
    return {"size": asdict(size), "machine": machine(), "tasks": tasks, "ratios": claims}


def write(folder: Path, size: Size, found: Sequence[Measured], rounds: int) -> str:
    page = table(size, found, rounds)
    (folder / "results.md").write_text(page, encoding="utf-8")
    (folder / "results.json").write_text(json.dumps(data(size, found), indent=2) + "\n", encoding="utf-8")
    return page


def picture(series: Series) -> str:
    """How time grows: a panel for each thing that grows, as SVG."""
    width, height, margin = 260, 200, 46
    panels = []
    for number, (name, points) in enumerate(series.items()):
        most_x, most_y = (max(point[axis] for point in points) or 1 for axis in (0, 1))

        def place(x: float, y: float, most_x: float = most_x, most_y: float = most_y) -> tuple[float, float]:
            across, up = x / most_x * (width - margin - 12), y / most_y * (height - margin - 24)
            return margin + across, height - margin + 10 - up

        dots = [place(*point) for point in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
        straight = [place(0, 0), place(most_x, most_y)]
        panels.append(
            f'<g transform="translate({number % 2 * width},{number // 2 * height})">'
            f'<text x="{margin}" y="14" class="t">{escape(name)}</text>'
            f'<line x1="{straight[0][0]:.1f}" y1="{straight[0][1]:.1f}" x2="{straight[1][0]:.1f}" '
            f'y2="{straight[1][1]:.1f}" class="s"/>'
            f'<polyline points="{line}" class="l"/>'
            + "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in dots)
            + "".join(
                f'<text x="{x:.1f}" y="{height - margin + 26}" class="n" text-anchor="middle">{_short(point[0])}</text>'
                for (x, _), point in zip(dots, points, strict=True)
            )
            + f'<text x="{margin - 6}" y="{dots[-1][1] + 4:.1f}" class="n" text-anchor="end">{most_y:.1f} s</text></g>'
        )
    rows = (len(panels) + 1) // 2
    style = (
        "text{font:11px sans-serif;fill:#333}.t{font-weight:bold}.n{font-size:9px}"
        ".l{fill:none;stroke:#0b62a4;stroke-width:2}circle{fill:#0b62a4}.s{stroke:#bbb;stroke-dasharray:4 3}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * width}" height="{rows * height}" role="img" '
        f'aria-label="Seconds by size; the dashed line is proportional growth">'
        f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>{"".join(panels)}</svg>\n'
    )


def _short(number: float) -> str:
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{number / limit:g}{unit}"
    return f"{number:g}"
