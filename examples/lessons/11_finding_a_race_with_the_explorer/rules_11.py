"""What exercise 11 has to obey."""

from types import ModuleType
from typing import Any

from erts_emu.testing import InterleavingFailed, Workbench, explore


def _ask(open_port: Any, exercise: ModuleType, numbers: tuple[int, ...]) -> None:
    port = open_port(exercise.Squares)
    for number in numbers:
        port.command(b"%d" % number)
    answers = sorted(int(port.receive()) for _ in numbers)
    assert answers == sorted(number * number for number in numbers), f"{numbers} were answered with {answers}"
    computations = port.control(0)[0]
    expected = len(set(numbers))
    assert computations == expected, f"{expected} different numbers, and {computations} computations"


def answers_are_right(exercise: ModuleType) -> None:
    """Each number is answered with its square; it is computed once, in a job."""
    places: list[str] = []

    class Observed(exercise.Squares):  # type: ignore[misc, name-defined]
        def compute(self, number: int) -> int:
            places.append(bench.emu.layer.tsd.name)
            return int(super().compute(number))

    with Workbench(checks=False, async_threads=1) as bench:
        port = bench.open_port(Observed)
        for number in (3, 4, 3):
            port.command(b"%d" % number)
            assert port.receive() == b"%d" % (number * number), f"{number} was not answered with its square"
        assert port.control(0)[0] == 2, f"two different numbers, and {port.control(0)[0]} computations"
        assert places, "compute was never called"
        assert set(places) == {"async_1"}, "compute ran outside of a job"


def no_schedule_breaks_it(exercise: ModuleType) -> None:
    """Whatever the threads do, answers are right and nothing is computed twice."""

    def scenario(open_port: Any) -> None:
        _ask(open_port, exercise, (3, 3, 4))

    try:
        explore(scenario, schedules=300, async_threads=3, allow=["data-race"])
    except InterleavingFailed as failed:
        raise (failed.__cause__ or failed) from None


def nothing_is_shared(exercise: ModuleType) -> None:
    """Nothing is used by two threads without a lock."""
    with Workbench(async_threads=3) as bench:
        _ask(bench.open_port, exercise, (3, 3, 4))
