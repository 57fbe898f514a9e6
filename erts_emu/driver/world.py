"""What the drivers of one emulator share, and no port owns: environment, keys, clock, memory in use."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.driver.blocks import MemoryInUse
from erts_emu.driver.clock import Clock
from erts_emu.ethread import RWLock, ThreadLayer

if TYPE_CHECKING:
    from erts_emu.driver.entry import DriverEntry
    from erts_emu.locks import Locks

_FIRST_KEY: Final = 1


def _encoded_environment() -> dict[Any, Any]:
    """Copy the process's environment as it is kept, which is much faster than to decode it."""
    kept: dict[Any, Any] | None = getattr(os.environ, "_data", None)
    if kept is not None:
        return kept.copy()
    return {os.environ.encodekey(name): os.environ.encodevalue(value) for name, value in os.environ.items()}


@final
class Environment:
    """The emulator's environment (OTP: ``sys_env.c``): a copy of the process's, made at boot.

    Single operations on a dict are atomic. The copy is decoded when it is first looked at: few emulators do.
    """

    def __init__(self) -> None:
        self._at_boot = _encoded_environment()
        self._decoded: dict[str, dict[str, str]] = {}

    @property
    def _variables(self) -> dict[str, str]:
        found = self._decoded.get("variables")
        if found is None:
            name_of, value_of = os.environ.decodekey, os.environ.decodevalue
            decoded = {name_of(name): value_of(value) for name, value in self._at_boot.items()}
            found = self._decoded.setdefault("variables", decoded)  # two threads may have come this far
        return found

    def __repr__(self) -> str:
        return f"<Environment {len(self._variables)} variables>"

    def get(self, name: str) -> str | None:
        """Return a variable, or None."""
        return self._variables.get(name)

    def put(self, name: str, value: str) -> None:
        """Set a variable."""
        self._variables[name] = value

    def unset(self, name: str) -> None:
        """Remove a variable, if there is one."""
        self._variables.pop(name, None)

    def all(self) -> dict[str, str]:
        """Return a copy of all variables."""
        return self._variables.copy()


@final
class TsdKeys:
    """The keys of thread-specific data, with their names. Needs ``_lock`` (class ``drv_tsd``)."""

    def __init__(self, lock: RWLock) -> None:
        self._lock = lock
        self._names: dict[int, str] = {}

    def __repr__(self) -> str:
        return f"<TsdKeys {self._names}>"

    def create(self, name: str) -> int:
        """Take the lowest free number."""
        self._lock.rwlock()
        key = _FIRST_KEY
        while key in self._names:
            key += 1
        self._names[key] = name
        self._lock.rwunlock()
        return key

    def destroy(self, key: int) -> bool:
        """Give a key back; False if it is none."""
        self._lock.rwlock()
        known = self._names.pop(key, None) is not None
        self._lock.rwunlock()
        return known

    def exists(self, key: int) -> bool:
        """Say whether *key* is one; needs no lock, as in OTP."""
        return key in self._names


@final
class DriverWorld:
    """The parts that API functions without a port work on."""

    def __init__(self, layer: ThreadLayer, locks: Locks) -> None:
        self.environment = Environment()
        self.tsd_keys = TsdKeys(locks.rwlock("drv_tsd"))
        self.clock = Clock(layer, locks.mutex("get_time", None))
        self.memory = MemoryInUse(layer)
        self.native: Any = None
        """What the native bridge knows of the emulator, once a compiled driver has been loaded."""
        self.native_entries: dict[int, DriverEntry] = {}
        """The entries of compiled drivers, loaded and added by others, by address."""

        self.native_pdls: dict[Any, object] = {}
        """The port data locks that compiled drivers have, with what C knows of each. Single operations are atomic."""

        self.isolated: list[Any] = []
        """The libraries that were loaded into processes of their own, those that are closed too."""

        self.at_halt: list[Callable[[], None]] = []
        """What to do when the emulator has halted: end the processes of isolated drivers."""

    def close(self) -> None:
        """The emulator has halted: nobody is in a driver's code any more."""
        while self.at_halt:
            self.at_halt.pop()()

    def __repr__(self) -> str:
        return f"<DriverWorld {self.environment!r} {self.memory!r}>"
