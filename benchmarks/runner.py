"""Runs the contestants in turns, A B C, A B C, …, so that each meets the same moods of the machine."""

import gc
import traceback
from collections.abc import Callable
from contextlib import ExitStack

from benchmarks.affinity import one_cpu
from benchmarks.model import Case, CaseResult, Measure
from benchmarks.protocols import Unavailable

Note = Callable[[str], None]


def run_case(case: Case, rounds: int, note: Note = lambda _: None) -> CaseResult:
    """Run `case`. A side that is unavailable or fails drops out; the others go on."""
    result = CaseResult(case)
    with ExitStack() as stack:
        if case.one_cpu:
            try:
                stack.enter_context(one_cpu())
            except Unavailable as err:
                result.skipped["all"] = str(err)
                return result
        sides = _prepare(result, stack)
        for number in range(-case.warmup, rounds):
            note(f"{case.name}: {f'round {number + 1}/{rounds}' if number >= 0 else 'warming up'}")
            _run_round(result, sides, record=number >= 0)
    return result


def _prepare(result: CaseResult, stack: ExitStack) -> dict[str, Measure]:
    sides: dict[str, Measure] = {}
    for contestant in result.case.contestants:
        try:
            sides[contestant.name] = stack.enter_context(contestant.prepare())
        except Exception as err:  # noqa: BLE001 - one broken side must not hide the figures of the others
            _drop(result, contestant.name, err)
    return sides


def _run_round(result: CaseResult, sides: dict[str, Measure], *, record: bool) -> None:
    figures = {}
    for name, measure in list(sides.items()):
        gc.collect()  # nobody pays for what the one before left behind
        try:
            figures[name] = measure()
        except Exception as err:  # noqa: BLE001 - as above
            del sides[name]
            _drop(result, name, err)
    if record:
        result.rounds.append(figures)


def _drop(result: CaseResult, name: str, err: Exception) -> None:
    if isinstance(err, Unavailable):
        result.skipped[name] = str(err)
    else:
        result.failed[name] = "".join(traceback.format_exception(err)).strip()
