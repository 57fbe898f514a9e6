"""A schedule is data: which thread ran when, as a short string that can be pasted.

``sim1:<seed>:<steps>:<choices>`` where *choices* lists, comma separated, the steps at which the
simulation did not simply go on with the thread that was running (or, when that one blocked, with the one
that had been runnable longest): ``+17t3`` means "17 steps after the previous choice, thread 3 ran".
"""

from __future__ import annotations

import re
from typing import Final, final

from attrs import field, frozen

_CHOICE: Final = re.compile(r"\+(\d+)t(\d+)")
_PREFIX: Final = "sim1"


@final
@frozen
class Schedule:
    """The choices of one run: *seed* of the layer's random numbers, ``{step: thread number}``, length."""

    seed: int
    choices: dict[int, int] = field(factory=dict)
    steps: int = 0

    def __str__(self) -> str:
        parts = []
        previous = 0
        for step, thread in self.choices.items():
            parts.append(f"+{step - previous}t{thread}")
            previous = step
        return f"{_PREFIX}:{self.seed}:{self.steps}:{','.join(parts)}"

    @classmethod
    def parse(cls, text: str) -> Schedule:
        """Read what ``str(schedule)`` wrote. Raises ``ValueError`` naming the part that is wrong."""
        try:
            prefix, seed, steps, choices = text.strip().split(":")
        except ValueError:
            raise ValueError(f"a schedule has four parts separated by colons, not {text!r}") from None
        if prefix != _PREFIX:
            raise ValueError(f"a schedule starts with {_PREFIX!r}, not {prefix!r}")
        if not steps.isdecimal() or not seed.lstrip("-").isdecimal():
            raise ValueError(f"seed and steps of a schedule are integers: {text!r}")
        return cls(int(seed), _parse_choices(choices), int(steps))


def _parse_choices(text: str) -> dict[int, int]:
    choices: dict[int, int] = {}
    step = 0
    for part in filter(None, text.split(",")):
        match = _CHOICE.fullmatch(part)
        if match is None:
            raise ValueError(f"a choice of a schedule looks like '+17t3', not {part!r}")
        step += int(match[1])
        choices[step] = int(match[2])
    return choices
