"""What a run leaves for people and programs: a table and a JSON document."""

import os
import platform
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from attrs import asdict, frozen

from benchmarks.affinity import cpus
from benchmarks.erl_node import otp_version
from benchmarks.model import TIMES, Case, CaseResult, Metric, Spread, Target

DASH = "\N{EN DASH}"
RANGE = f"min {DASH} max"

HEADINGS = ("contestant", "figure", "median", RANGE, "ratio", RANGE, "target", "")
#: The columns of numbers, which are aligned to the right.
NUMERIC = range(2, 6)


@frozen
class Row:
    """One line of a case's table: one contestant, one metric."""

    contestant: str
    metric: Metric
    figure: Spread | None
    ratio: Spread | None
    target: Target | None
    verdict: str

    def cells(self) -> tuple[str, ...]:
        name, unit = self.metric.name, self.metric.unit
        label = unit if name in ("rate", "time") else f"{name}, {unit}"
        target = str(self.target) if self.target else ""
        return (
            self.contestant,
            label,
            *_cells(self.figure),
            *_cells(self.ratio, TIMES),
            target,
            self.verdict,
        )


def rows(result: CaseResult) -> Iterator[Row]:
    """Yield the table of one case, metric by metric."""
    case = result.case
    for metric in case.metrics:
        for contestant in case.contestants:
            yield _row(result, metric, contestant.name)


def print_tables(results: Iterable[CaseResult]) -> None:
    """Print all tables, with rich where it is installed."""
    try:
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        for result in results:
            print(plain_text(result))
        return
    console = Console(width=None if sys.stdout.isatty() else 160)
    for result in results:
        table = Table(title=_title(result.case), title_justify="left", title_style="bold", show_edge=False)
        for index, heading in enumerate(HEADINGS):
            table.add_column(heading, justify="right" if index in NUMERIC else "left", no_wrap=index in NUMERIC)
        for row in _shown(result):
            style = {"met": "green", "not met": "red"}.get(row.verdict)
            table.add_row(*row.cells(), style=style)
        console.print(table, markup=False)
        for line in remarks(result):
            console.print(line, markup=False, highlight=False)
        console.print()


def plain_text(result: CaseResult) -> str:
    """Return the table of one case without any help."""
    lines = [HEADINGS, *(row.cells() for row in _shown(result))]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(
            cell.rjust(width) if index in NUMERIC else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([_title(result.case), *text, *remarks(result), ""])


def remarks(result: CaseResult) -> list[str]:
    """Return a line for each contestant that is not in the table, or not in all rounds."""
    skipped = [f"{name}: skipped: {reason}" for name, reason in result.skipped.items()]
    return skipped + [f"{name}: FAILED: {reason}" for name, reason in result.failed.items()]


def summary(results: Iterable[CaseResult]) -> str:
    """Count the verdicts."""
    verdicts = [result.verdict(target) for result in results for target in result.case.targets]
    counts = {verdict: verdicts.count(verdict) for verdict in ("met", "not met", "not measured")}
    return "targets: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items())


def document(results: Iterable[CaseResult], options: dict[str, Any]) -> dict[str, Any]:
    """Return everything that was measured, ready for `json.dump`."""
    return {"environment": environment(), "options": options, "cases": [_case(result) for result in results]}


def environment() -> dict[str, Any]:
    """Describe what the figures depend on."""
    affinity = cpus()
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "interpreter_lock": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "switch_interval": sys.getswitchinterval(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "affinity": sorted(affinity) if affinity else None,
        "otp": otp_version(),
    }


def _row(result: CaseResult, metric: Metric, contestant: str) -> Row:
    subject = contestant == result.case.subject
    figures = result.series(contestant, metric.name)
    ratios = [] if subject else result.ratios(metric.name, contestant)
    target = result.case.target(metric.name, None if subject else contestant)
    return Row(
        contestant,
        metric,
        Spread.of(figures) if figures else None,
        Spread.of(ratios) if ratios else None,
        target,
        result.verdict(target) if target else "",
    )


def _shown(result: CaseResult) -> list[Row]:
    return [row for row in rows(result) if row.figure or row.target]


def _title(case: Case) -> str:
    return f"{case.name}: {case.title}"


def _cells(spread: Spread | None, suffix: str = "") -> tuple[str, str]:
    if spread is None:
        return DASH, ""
    return _number(spread.median) + suffix, f"{_number(spread.least)} {DASH} {_number(spread.most)}"


def _number(value: float) -> str:
    """Format to three significant digits, and never with an exponent."""
    size = abs(value)
    if size >= 100 or not size:
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}" if size >= 0.1 else f"{value:.4f}"


def _case(result: CaseResult) -> dict[str, Any]:
    case = result.case
    return {
        "name": case.name,
        "title": case.title,
        "subject": case.subject,
        "skipped": result.skipped,
        "failed": result.failed,
        "metrics": [_metric(result, metric) for metric in case.metrics],
        "targets": [
            asdict(target) | {"value": result.judged(target), "verdict": result.verdict(target)}
            for target in case.targets
        ],
    }


def _metric(result: CaseResult, metric: Metric) -> dict[str, Any]:
    names = [contestant.name for contestant in result.case.contestants]
    measured = {name: result.series(name, metric.name) for name in names}
    ratios = {name: result.ratios(metric.name, name) for name in names if name != result.case.subject}
    return asdict(metric) | {"figures": _summed(measured), "ratios": _summed(ratios)}


def _summed(series: dict[str, list[float]]) -> dict[str, Any]:
    return {name: asdict(Spread.of(values)) | {"rounds": values} for name, values in series.items() if values}
