"""A picture of the ratios: one dot per comparison with its range, and a mark at the target."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.model import CaseResult
from benchmarks.protocols import Unavailable
from benchmarks.report import Row, rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"met": "tab:green", "not met": "tab:red"}


def save_plot(results: Iterable[CaseResult], path: Path) -> None:
    """Write the picture to `path`; the suffix decides the format."""
    try:
        import matplotlib as mpl

        mpl.use("Agg")
        from matplotlib import pyplot as plt
    except ImportError as err:
        raise Unavailable("a plot needs matplotlib: pip install 'erts_emu[bench]'") from err
    found = [(result.case.name, row) for result in results for row in rows(result) if row.ratio]
    if not found:
        raise Unavailable("there is no ratio to plot: only one side was measured")
    figure, axes = plt.subplots(figsize=(9, 1.2 + 0.32 * len(found)), layout="constrained")
    for height, (_, row) in enumerate(found):
        _draw(axes, height, row)
    axes.set_yticks(range(len(found)), [_label(name, row) for name, row in found])
    axes.invert_yaxis()
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel("emulator ÷ other: median, range of the rounds, target |")
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _draw(axes: "Axes", height: int, row: Row) -> None:
    ratio = row.ratio
    assert ratio is not None
    colour = COLOURS.get(row.verdict, "tab:blue")
    axes.plot([ratio.least, ratio.most], [height, height], color=colour, linewidth=2)
    axes.plot(ratio.median, height, "o", color=colour)
    if row.target:
        axes.plot(row.target.bound, height, "|", color="black", markersize=14)


def _label(case: str, row: Row) -> str:
    less = "" if row.metric.better == "more" else ", less is better"
    figure = "" if row.metric.name in ("rate", "time") else f" {row.metric.name}"
    return f"{case}{figure} ÷ {row.contestant}{less}"
