"""The port data lock: a counted mutex that guards a port's I/O queue beyond the port lock (ERTS: ``io.c``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

from erts_emu.driver.errors import DriverMisuse
from erts_emu.ethread import Atomic, Mutex
from erts_emu.terms import PortId
from erts_emu.trace import Trace


@final
class ErlDrvPDL:
    """A driver's handle of its port data lock. The count is atomic; at 0 the lock is destroyed.

    One reference is the port's; each async job in flight, each holder and each ``driver_pdl_inc_refc`` has one more.
    """

    __slots__ = ("_destroyed", "_trace", "mutex", "name", "owned", "port", "refc")

    def __init__(self, port: PortId, mutex: Mutex, refc: Atomic, destroyed: Callable[[], None], trace: Trace) -> None:
        self.port = port
        self.name = f"port_data_lock:{port}"
        self.mutex = mutex
        self.refc = refc
        self.owned = True
        self._destroyed = destroyed
        self._trace = trace

    def __repr__(self) -> str:
        return f"<ErlDrvPDL {self.name} refc {self.refc.read()}>"

    def when_destroyed(self, function: Callable[[], object]) -> None:
        """Have *function* called too when the count reaches 0. Before anybody else has the lock."""
        first = self._destroyed

        def destroyed() -> None:
            first()
            function()

        self._destroyed = destroyed

    def lock(self) -> None:
        """Reference the lock, then take it."""
        self.inc_refc()
        self.mutex.acquire()

    def unlock(self) -> None:
        """Give the lock back, then drop the reference."""
        self.mutex.release()
        self.dec_refc()

    def inc_refc(self) -> int:
        """Add a reference; return the new count. Raises ``DriverMisuse`` if the lock was destroyed."""
        count = self.refc.add_read(1)
        if count <= 1:
            self.refc.add_read(-1)
            raise DriverMisuse(f"{self.name} was destroyed when its count reached 0, and is used again")
        if (tracepoint := self._trace.pdl_references) is not None:
            tracepoint(pdl=self, count=count)
        return count

    def dec_refc(self) -> int:
        """Drop a reference; return the new count. At 0 the lock is destroyed.

        Raises ``DriverMisuse`` if there was none left but, at most, that of the port, which OTP would take away too.
        """
        count = self.refc.add_read(-1)
        if count == 0 and self.owned:
            self.refc.add_read(1)
            raise DriverMisuse(
                f"{self.name} has more references dropped than were taken: the last one is the port's own"
            )
        if count < 0:
            self.refc.add_read(1)
            raise DriverMisuse(f"{self.name} has more references dropped than were taken")
        if (tracepoint := self._trace.pdl_references) is not None:
            tracepoint(pdl=self, count=count)
        if count == 0:
            self._destroyed()
        return count

    def give_up(self) -> None:
        """Drop the port's own reference: the port has closed."""
        self.owned = False
        self.dec_refc()
