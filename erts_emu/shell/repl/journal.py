"""The journal: which commands have led to where the emulator is now, to repeat them or to save them."""

from __future__ import annotations

from typing import Any, final

from erts_emu.shell.syntax import Node


@final
class Entry:
    """One command: its text, its expressions, what stands for ``v(N)`` in them, and what it did.

    ``walked`` counts the steps it had threads take, and ``limit`` how many of these are left after some were taken
    back. ``moved`` says whether it did anything that others can see.
    """

    __slots__ = ("at", "limit", "moved", "nodes", "number", "succeeded", "text", "values", "walked")

    def __init__(self, number: int, text: str, nodes: list[Node], values: dict[str, Any]) -> None:
        self.number = number
        self.text = text
        self.nodes = nodes
        self.values = values
        self.succeeded = False
        self.moved = False
        self.walked = 0
        self.limit: int | None = None
        self.at = 0
        """Where the simulation was afterwards, in steps."""

    def __repr__(self) -> str:
        return f"<Entry {self.number} {self.text.strip()!r}>"


@final
class Journal:
    """The commands of a session, in order."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def __repr__(self) -> str:
        return f"<Journal, {len(self.entries)} entries>"

    def take_back(self) -> bool:
        """Take back the last step, or the last command that moved anything; False if there is none."""
        for index in range(len(self.entries) - 1, -1, -1):
            entry = self.entries[index]
            if not entry.moved:
                continue
            if entry.walked > 1:
                entry.walked -= 1
                entry.limit = entry.walked
            else:
                del self.entries[index]
            return True
        return False


class ReplayWentElsewhere(RuntimeError):
    """A command that was repeated did not lead to where it had led before."""

    def __init__(self, entry: Entry, now: int) -> None:
        super().__init__(
            f"query {entry.number} took the simulation to step {now}, and to step {entry.at} before: something "
            "outside the simulation has a part in it, such as a file, the time of day or a C driver's own memory"
        )
