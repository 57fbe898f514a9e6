"""A small model of ``erl_ddll``: what the loader has to answer and to send, written from its state table.

It knows nothing of how the emulator counts: the references of a driver's ports, jobs and locks are counted from what
the drivers have noted. Compare with it only while nothing is under way.
"""

from __future__ import annotations

from typing import Any

from attrs import define, field

from erts_emu.terms import Atom, Reference

OK, UNLOAD, FORCE_UNLOAD, RELOAD, FORCE_RELOAD, PERMANENT = (
    "OK", "UNLOAD", "FORCE_UNLOAD", "RELOAD", "FORCE_RELOAD", "PERMANENT"
)  # fmt: skip
UNLOADING = (UNLOAD, FORCE_UNLOAD)
RELOADING = (RELOAD, FORCE_RELOAD)
BAD_FILE = "/there/is/no/such/folder"


def error(reason: str) -> tuple[str, str]:
    return ("error", reason)


@define(eq=False)
class Waiting:
    """A monitor that has not fired."""

    who: Any
    reference: Reference
    kind: str


@define(eq=False)
class Model:
    """One driver name, loaded."""

    name: str
    path: Any
    kill_ports: bool
    status: str = OK
    users: list[Any] = field(factory=list)
    """Processes, newest first; one that has loaded twice stands here twice."""
    waiting: list[Waiting] = field(factory=list)
    locks: int = 0
    reload_path: Any = None
    expected: dict[Any, list[Any]] = field(factory=dict)
    """By process: the messages that have to come, in order."""

    # --- what can happen ---

    def add_user(self, who: Any) -> None:
        self.users.insert(0, who)

    def load(self, who: Any, path: Any, kill_ports: bool) -> tuple[Any, ...]:
        """try_load of a loaded driver, without reload."""
        if self.status == PERMANENT:
            return error("permanent")
        wanted = self.reload_path if self.status in RELOADING else self.path
        if path is not wanted or kill_ports != self.kill_ports:
            return error("inconsistent")
        self.add_user(who)
        if self.status in RELOADING:
            return ("ok", "pending_driver", "loaded")
        if self.status in UNLOADING:
            self.status = OK
            self.tell(("unloaded",), "UP", Atom("unload_cancelled"))
        return ("ok", "already_loaded")

    def reload(self, who: Any, path: Any, kill_ports: bool, pending: str, monitor: str | None) -> tuple[Any, ...]:
        """try_load with a reload option."""
        if self.status == PERMANENT:
            return error("permanent")
        if self.status in UNLOADING:
            return error("not_loaded_by_this_process")
        if self.status in RELOADING:
            return error("pending_reload")
        if pending == "pending_driver" and self.users != [who]:
            return error("pending_process")
        if kill_ports != self.kill_ports:
            return error("inconsistent")
        if who not in self.users:
            return error("not_loaded_by_this_process")
        self.users.remove(who)
        self.users.insert(0, who)
        self.reload_path = path
        self.status = FORCE_RELOAD if kill_ports else RELOAD
        word = "pending_driver" if pending == "pending_driver" else "pending_process"
        return ("ok", word, "loaded") if monitor else ("ok", word)

    def unload(self, who: Any, kill_ports: bool, monitor: str | None, ports: int) -> tuple[Any, ...]:
        """try_unload."""
        if self.status == PERMANENT:
            return error("permanent")
        if self.users and who not in self.users:
            return error("not_loaded_by_this_process")
        if who in self.users:
            self.users.remove(who)
        if self.users:
            return ("ok", "pending_process", "unloaded") if monitor == "pending" else ("ok", "pending_process")
        self.begin_unload(ports, kill_ports or self.kill_ports)
        return ("ok", "pending_driver", "unloaded") if monitor else ("ok", "pending_driver")

    def begin_unload(self, ports: int, kill_ports: bool) -> None:
        if self.status in RELOADING:
            self.tell(("loaded",), "DOWN", Atom("load_cancelled"))
        self.status = FORCE_UNLOAD if kill_ports and ports else UNLOAD

    def died(self, who: Any, ports: int) -> None:
        """A process that has used the loader has died: this driver is looked at, whoever used it."""
        if self.status == PERMANENT:
            return
        self.users = [user for user in self.users if user is not who]
        self.waiting = [monitor for monitor in self.waiting if monitor.who is not who]
        if not self.users:
            self.begin_unload(ports, self.kill_ports)

    def lock(self) -> None:
        """driver_lock_driver."""
        self.locks += 1
        if self.status != PERMANENT:
            self.status = PERMANENT
            self.users = []
            for kind in ("loaded", "unloaded", "unloaded_only"):
                self.tell((kind,), "UP", Atom("permanent"))

    def monitor(self, kind: str) -> tuple[str, str] | None:
        """The immediate answer of monitor(driver, …), or None."""
        if self.status == PERMANENT:
            return ("UP", "permanent")
        if kind == "loaded" and self.status == OK:
            return ("UP", "loaded")
        if kind == "loaded" and self.status in UNLOADING:
            return ("DOWN", "load_cancelled")
        return None

    def counted_users(self) -> int:
        """Users that hold a reference."""
        return 0 if self.status in RELOADING else len(self.users)

    def unreferenced(self) -> bool:
        """Nothing holds the driver any more: unload, or go on with a reload. Says whether a driver is there then."""
        self.tell(("unloaded", "unloaded_only"), "DOWN", Atom("unloaded"))
        if self.status in UNLOADING:
            return False
        if self.reload_path == BAD_FILE:
            self.tell(("loaded",), "DOWN", "load_failure")
            self.users = []
            return False
        self.path = self.reload_path
        self.status = OK
        self.tell(("loaded",), "UP", Atom("loaded"))
        return True

    def tell(self, kinds: tuple[str, ...], tag: str, what: Any) -> None:
        """Fire the monitors of some kinds, newest first."""
        for monitor in self.waiting:
            if monitor.kind in kinds:
                self.expect(monitor.who, tag, monitor.reference, what)
        self.waiting = [monitor for monitor in self.waiting if monitor.kind not in kinds]

    def expect(self, who: Any, tag: str, reference: Reference, what: Any) -> None:
        self.expected.setdefault(who, []).append((Atom(tag), reference, Atom("driver"), Atom(self.name), what))

    def add_waiting(self, who: Any, reference: Reference, kind: str) -> None:
        self.waiting.insert(0, Waiting(who, reference, kind))
