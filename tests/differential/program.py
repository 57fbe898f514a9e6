"""A program: steps of processes, what they have a driver do, and the script that runs it on either system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs
from attrs import frozen

OPENING: Final = '{ok, Begin} = file:script(os:getenv("TOOLS")).\n{Step, End} = Begin("%s").\n'


@frozen
class On:
    """Statements that a driver keeps for one of its callbacks."""

    callback: str
    statements: tuple[str, ...]

    def __str__(self) -> str:
        return f"on {self.callback} {', '.join(self.statements)}"


Statement = str | On


@frozen
class Step:
    """What one process does: an expression in which ``%s`` stands for *statements*, if there are any."""

    who: str
    expression: str
    statements: tuple[Statement, ...] = ()

    def __str__(self) -> str:
        text = "; ".join(map(str, self.statements))
        return f"Step({self.who}, fun(P) -> {self.expression.replace('%s', text)} end)."

    def smaller(self) -> Iterator[Step]:
        """The same step with one statement less."""
        for index, statement in enumerate(self.statements):
            before, after = self.statements[:index], self.statements[index + 1 :]
            yield attrs.evolve(self, statements=before + after)
            if isinstance(statement, On):
                for inner in range(len(statement.statements)):
                    less = On(statement.callback, statement.statements[:inner] + statement.statements[inner + 1 :])
                    yield attrs.evolve(self, statements=(*before, less, *after))


@frozen
class Program:
    """A program for one driver."""

    driver: str
    steps: tuple[Step, ...]
    seed: int = 0

    def script(self) -> str:
        """The script, as ``file:eval/1`` takes it."""
        return "".join([OPENING % self.driver, *(f"{step}\n" for step in self.steps), "End().\n"])

    def without(self, first: int, count: int) -> Program:
        """The same program without some steps."""
        return attrs.evolve(self, steps=self.steps[:first] + self.steps[first + count :])

    def smaller(self) -> Iterator[Program]:
        """The same program with one statement less."""
        for index, step in enumerate(self.steps):
            for less in step.smaller():
                yield attrs.evolve(self, steps=(*self.steps[:index], less, *self.steps[index + 1 :]))
