"""Atoms: interned names, compared by identity.

Counterpart in ERTS: ``atom.c``. The table is the one piece of module-level state in the
package: atoms have no owner, and two emulators in one process may safely share them.
"""

from __future__ import annotations

from typing import Final, final

MAX_ATOM_CHARACTERS: Final = 255


@final
class Atom:
    """An Erlang atom. ``Atom("ok") is Atom("ok")`` holds, so equality and hashing are by identity.

    Raises ``ValueError`` (Erlang: ``system_limit``) if *name* has more than 255 characters.
    May be called from any thread.
    """

    __slots__ = ("name",)

    name: str

    def __new__(cls, name: str) -> Atom:
        known = _table.get(name)
        if known is not None:
            return known
        if not isinstance(name, str):
            raise TypeError(f"an atom's name is a str, not {type(name).__name__}")
        if len(name) > MAX_ATOM_CHARACTERS:
            raise ValueError(f"an atom has at most {MAX_ATOM_CHARACTERS} characters, not {len(name)}")
        atom = object.__new__(cls)
        object.__setattr__(atom, "name", name)
        return _table.setdefault(name, atom)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("atoms are immutable")

    def __repr__(self) -> str:
        return f"Atom({self.name!r})"

    def __str__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[type[Atom], tuple[str]]:
        return (Atom, (self.name,))

    def __copy__(self) -> Atom:
        return self

    def __deepcopy__(self, memo: object) -> Atom:
        return self


_table: dict[str, Atom] = {}


def atom_number(atom: Atom) -> int:
    """The place of *atom* in the table, from 1 on. Atoms are never removed, so it stays. Takes a walk through them."""
    return list(_table).index(atom.name) + 1
