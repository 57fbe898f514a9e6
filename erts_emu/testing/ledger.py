"""The ledger: what a driver has made with the API, where, and whether it has given it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, final

from erts_emu.driver import ErlDrvBinary, ErlDrvBlock, ErlDrvCond, ErlDrvMutex, ErlDrvPDL, ErlDrvRWLock, ErlDrvTid
from erts_emu.testing.findings import Finding
from erts_emu.testing.watch import place


class _Kind(NamedTuple):
    """A kind of thing: how to see that it was not given back, and what to say then."""

    rule: str
    left: Callable[[Any], bool]
    what: Callable[[Any], str]
    advice: str


_KINDS: Final[dict[type, _Kind]] = {
    ErlDrvBinary: _Kind(
        "binary",
        lambda binary: binary._refc > 0,
        lambda binary: f"a binary of {binary.orig_size} bytes has {binary._refc} references left",
        "call driver_free_binary(), also after driver_output_binary(), which takes a reference of its own",
    ),
    ErlDrvBlock: _Kind(
        "memory",
        lambda block: not block.freed,
        lambda block: f"{len(block)} bytes of driver_alloc() were not freed",
        "call driver_free() in stop(), finish() or async_free",
    ),
    ErlDrvPDL: _Kind(
        "port-data-lock",
        lambda pdl: pdl.refc.value > 0,
        lambda pdl: f"{pdl.name} has {pdl.refc.value} references left, and keeps its port and its driver in memory",
        "call driver_pdl_dec_refc() as often as driver_pdl_inc_refc()",
    ),
    ErlDrvMutex: _Kind(
        "lock",
        lambda mutex: mutex.lock is not None,
        lambda mutex: f"mutex {mutex.name!r} was not destroyed",
        "call erl_drv_mutex_destroy() in stop() or finish()",
    ),
    ErlDrvRWLock: _Kind(
        "lock",
        lambda rwlock: rwlock.lock is not None,
        lambda rwlock: f"readers-writer lock {rwlock.name!r} was not destroyed",
        "call erl_drv_rwlock_destroy() in stop() or finish()",
    ),
    ErlDrvCond: _Kind(
        "lock",
        lambda cond: not cond.destroyed,
        lambda cond: f"condition {cond.name!r} was not destroyed",
        "call erl_drv_cond_destroy() in stop() or finish()",
    ),
    ErlDrvTid: _Kind(
        "thread",
        lambda tid: not tid.joined,
        lambda tid: f"thread {tid.name!r} was not joined",
        "have the thread end, and call erl_drv_thread_join() in stop() or finish(): its code goes when the driver does",
    ),
}


class _Entry(NamedTuple):
    thing: Any
    driver: str
    place: str


@final
class Ledger:
    """Everything that was made in one run. Who asks who made it: the driver that is in a callback, if there is one."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}
        self._extra: dict[int, int] = {}

    def __repr__(self) -> str:
        return f"<Ledger {len(self._entries)} entries>"

    def made(self, thing: Any, driver: str) -> None:
        """Write down what was made, and where."""
        if type(thing) in _KINDS and id(thing) not in self._entries:
            self._entries[id(thing)] = _Entry(thing, driver, place())

    def counted(self, binary: ErlDrvBinary, by: int, driver: str) -> None:
        """Write down a reference to a binary that the driver has not made."""
        if id(binary) in self._entries and id(binary) not in self._extra:
            return
        self.made(binary, driver)
        self._extra[id(binary)] = self._extra.get(id(binary), 0) + by

    def left(self) -> Iterator[Finding]:
        """What was not given back."""
        for identity, (thing, driver, where) in self._entries.items():
            kind = _KINDS[type(thing)]
            if identity in self._extra:
                if self._extra[identity] > 0:
                    what = f"{self._extra[identity]} more references to a binary were taken than dropped"
                    yield Finding(
                        kind.rule, driver, what, "pair driver_binary_inc_refc() with driver_free_binary()", where
                    )
            elif kind.left(thing):
                yield Finding(kind.rule, driver, kind.what(thing), kind.advice, where)

    def blocks_left(self) -> int:
        """How many blocks of memory in the ledger were not freed."""
        return sum(isinstance(entry.thing, ErlDrvBlock) and not entry.thing.freed for entry in self._entries.values())

    def pdls_left(self) -> list[str]:
        """The port data locks that have references, with the places that made them."""
        return [
            f"{entry.thing.name} ({entry.thing.refc.value} references, made at {entry.place})"
            for entry in self._entries.values()
            if isinstance(entry.thing, ErlDrvPDL) and entry.thing.refc.value > 0
        ]
