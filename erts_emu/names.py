"""Registered names (ERTS: ``register.c``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from erts_emu.errors import Badarg
from erts_emu.port import Port
from erts_emu.port_states import INVALID_LOOKUP
from erts_emu.process import Process
from erts_emu.terms import Atom

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator


@final
class NameTable:
    """Which process or port has which name. Needs ``_lock`` (class ``reg_tab``)."""

    def __init__(self, emu: Emulator) -> None:
        self._lock = emu.locks.rwlock("reg_tab")
        self._table: dict[Atom, Process | Port] = {}

    def __repr__(self) -> str:
        return f"<NameTable {[name.name for name in self._table]}>"

    def register(self, name: Atom, owner: Process | Port) -> None:
        """Give *owner* a name. Raises ``Badarg`` if the name is taken, ``undefined``, or the owner has one or is gone.

        A port's lock is taken meanwhile, so that it does not close: that may hold up the whole scheduler.
        """
        if isinstance(owner, Process):
            self._register(name, owner)
            if not owner.is_alive:
                self._drop(owner)
                raise Badarg(f"{owner.pid} is no living process", cause="notalive")
            return
        owner.lock.acquire()
        try:
            if owner.state & INVALID_LOOKUP:
                raise Badarg(f"{owner.id} is no open port", cause="none")
            self._register(name, owner)
        finally:
            owner.lock.release()

    def _register(self, name: Atom, owner: Process | Port) -> None:
        self._lock.rwlock()
        try:
            if name.name == "undefined":
                raise Badarg("'undefined' is not a valid name", cause="none")
            if _name(owner) is not None:
                raise Badarg("this process or port already has a name", cause="registered_name")
            if name in self._table:
                raise Badarg(f"{name} is in use", cause="none")
            self._table[name] = owner
            if isinstance(owner, Process):
                owner.name = name
            else:
                owner.registered_name = name
        finally:
            self._lock.rwunlock()

    def unregister(self, name: Atom) -> None:
        """Take a name away. Raises ``Badarg`` if nobody has it."""
        self._lock.rwlock()
        owner = self._table.pop(name, None)
        if owner is not None:
            _forget(owner)
        self._lock.rwunlock()
        if owner is None:
            raise Badarg(f"{name} is not registered")

    def unregister_port(self, port: Port) -> None:
        """A port closes: its name goes first. The caller holds the port's lock."""
        self._drop(port)

    def unregister_process(self, process: Process) -> None:
        """A process exits."""
        self._drop(process)

    def _drop(self, owner: Process | Port) -> None:
        name = _name(owner)
        if name is not None and self._table.get(name) is owner:
            # A single step on a dict needs no lock.
            self._table.pop(name, None)
            _forget(owner)

    def whereis(self, name: Atom) -> Process | Port | None:
        """Return who has the name."""
        return self._table.get(name)

    def all(self) -> list[Atom]:
        """Return all registered names."""
        return list(self._table)


def _name(owner: Process | Port) -> Atom | None:
    return owner.name if isinstance(owner, Process) else owner.registered_name


def _forget(owner: Process | Port) -> None:
    if isinstance(owner, Process):
        owner.name = None
    else:
        owner.registered_name = None
