"""The queries: what was entered, and what came of it."""

from __future__ import annotations

from typing import Any, Final, final

from erts_emu.shell.syntax import Node

KEPT: Final = 20


@final
class Query:
    """One command: its number, its expressions, and its value once it has one."""

    __slots__ = ("finished", "has_value", "nodes", "number", "value")

    def __init__(self, number: int, nodes: list[Node]) -> None:
        self.number = number
        self.nodes = nodes
        self.value: Any = None
        self.has_value = False
        self.finished = False

    def __repr__(self) -> str:
        return f"<Query {self.number}>"


@final
class Queries:
    """The last queries, of which ``commands_kept`` are remembered, and ``results_kept`` of their values."""

    def __init__(self) -> None:
        self.commands_kept = KEPT
        self.results_kept = KEPT
        self.next_number = 1
        self._queries: list[Query] = []

    def __repr__(self) -> str:
        return f"<Queries, {self.next_number} is next>"

    def add(self, nodes: list[Node]) -> Query:
        """Note a new query."""
        query = Query(self.next_number, nodes)
        self.next_number += 1
        self._queries.append(query)
        return query

    def finish(self, query: Query, value: Any) -> None:
        """Note what a query's value is, and forget old ones."""
        query.value = value
        query.has_value = query.finished = True
        self.forget()

    def forget(self) -> None:
        """Forget what need not be kept."""
        last = self.next_number - 1
        for query in self._queries:
            if query.number <= last - self.results_kept and query.has_value:
                query.value, query.has_value = None, False
        self._queries = [query for query in self._queries if query.number > last - self.commands_kept]

    def find(self, number: int) -> Query | None:
        """The query of this number; counted backwards from the current one if negative."""
        wanted = number if number > 0 else self.next_number + number
        return next((query for query in self._queries if query.number == wanted), None)

    def finished(self) -> list[Query]:
        """The queries that are remembered and have ended, oldest first."""
        return [query for query in self._queries if query.finished]
