"""What exercise 10 has to obey."""

from collections.abc import Callable
from types import ModuleType

from erts_emu.ethread import ThreadLayer
from erts_emu.testing import explore_threads


def _whatever_happens(program: Callable[[ThreadLayer], None]) -> None:
    for strategy, schedules in (("preemptions:2", 3000), ("random", 300)):
        result = explore_threads(program, strategy=strategy, schedules=schedules, seconds=10, steps=1000)
        if result.failure is not None:
            raise result.failure.error


def letters_arrive(exercise: ModuleType) -> None:
    """Letters arrive in their order, and then None."""

    def program(layer: ThreadLayer) -> None:
        box = exercise.Mailbox(layer)
        for letter in ("a", "b"):
            box.put(letter)
        box.close()
        taken = [box.take() for _ in range(3)]
        assert taken == ["a", "b", None], f"put in: a, b; taken: {taken}"

    program_layer = explore_threads(program, schedules=1)
    if program_layer.failure is not None:
        raise program_layer.failure.error


def it_sleeps(exercise: ModuleType) -> None:
    """The reader sleeps while there is nothing to do."""

    def program(layer: ThreadLayer) -> None:
        box = exercise.Mailbox(layer)

        def reader() -> None:
            box.take()
            box.take()

        thread = layer.spawn("reader", reader)
        box.put("a")
        layer.sleep(1_000_000_000)
        box.put("b")
        thread.join()

    result = explore_threads(program, schedules=1, steps=300)
    assert result.failure is None, (
        "in one second without a letter the reader has taken hundreds of steps: it never sleeps"
    )


def no_wake_up_is_lost(exercise: ModuleType) -> None:
    """In whatever order threads run, the reader gets all letters and is not left asleep."""

    def one_letter(layer: ThreadLayer) -> None:
        box = exercise.Mailbox(layer)
        thread = layer.spawn("reader", box.take)
        box.put("a")
        thread.join()

    def two_letters(layer: ThreadLayer) -> None:
        box = exercise.Mailbox(layer)
        taken: list[str] = []

        def reader() -> None:
            while (letter := box.take()) is not None:
                taken.append(letter)

        thread = layer.spawn("reader", reader)
        for letter in ("a", "b"):
            box.put(letter)
        box.close()
        thread.join()
        assert taken == ["a", "b"], f"put in: a, b; taken: {taken}"

    _whatever_happens(one_letter)
    _whatever_happens(two_letters)
