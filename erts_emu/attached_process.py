"""A Python thread as a process: the BIFs as blocking functions, driven from a seat at a scheduler."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, final

from erts_emu.bifs import ProcessBifs
from erts_emu.driver.context import current_emulator
from erts_emu.erl_ddll import AttachedErlDdll
from erts_emu.errors import NORMAL, ProcessExit, ProcessExited, ReceiveTimeout
from erts_emu.match import ANY
from erts_emu.process import CONTEXT_REDS, EXITING, RUNNING, YIELD, Priority, Process
from erts_emu.terms import Atom, Pid, PortId, Reference

if TYPE_CHECKING:
    from erts_emu.emulator import Body, Emulator
    from erts_emu.scheduler import Scheduler

T = TypeVar("T")

_DOWN: Final = Atom("DOWN")


@final
class ThreadProcess(ProcessBifs):
    """The process side of an attached Python thread: its turn is granted, and its own thread takes it."""

    __slots__ = ("event", "granted")
    bound = True
    answers = False
    """Only while its thread is in a call."""

    def __init__(self, emu: Emulator, home: Scheduler, *, label: str, trap_exit: bool) -> None:
        self.event = emu.layer.event(label)  # first: it may refuse the calling thread
        super().__init__(emu, home.runq, label=label)
        self.trap_exit = trap_exit
        self.granted = False

    def run_slice(self, scheduler: Scheduler) -> None:
        self.state = RUNNING
        self.fcalls = CONTEXT_REDS
        self.granted = True
        self.event.set()


@final
class AttachedProcess:
    """A Python thread that has made itself a process: the BIFs as plain blocking functions.

    Use it on the thread that attached, one call at a time; as a context manager it detaches at the end. While
    a call runs, the thread has the seat of its scheduler. A call of a process that an exit signal has
    ended raises ``ProcessExited``.
    """

    def __init__(self, emu: Emulator, home: Scheduler, *, label: str, trap_exit: bool) -> None:
        self.emu = emu
        self.scheduler = home
        self.process = ThreadProcess(emu, home, label=label, trap_exit=trap_exit)

    def __repr__(self) -> str:
        return f"<AttachedProcess {self.pid}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.detach()

    @property
    def pid(self) -> Pid:
        """The process identifier (``self()``)."""
        return self.process.pid

    @property
    def trap_exit(self) -> bool:
        """Whether exit signals become messages (``process_flag(trap_exit, …)``)."""
        return self.process.trap_exit

    @trap_exit.setter
    def trap_exit(self, value: bool) -> None:
        self.process.trap_exit = value

    def detach(self, reason: Any = NORMAL) -> None:
        """End the process, with its links as usual. Harmless when it has ended already."""
        if self.process.is_alive and not self.emu.halted:
            self.scheduler.enter()
            self.process.exit(Atom(reason) if isinstance(reason, str) else reason)
            self.scheduler.leave()

    # --- driving coroutines from a thread ---

    def drive(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a BIF to its end. While it has to wait, this thread runs the scheduler's turns."""
        process = self.process
        if process.state is EXITING:
            coroutine.close()
            raise ProcessExited(process.pid, process.exit_reason)
        emu = self.emu
        if emu.halted:
            coroutine.close()
            emu.check_running()
        if current_emulator.get(None) is not emu:
            current_emulator.set(emu)
        scheduler = self.scheduler
        scheduler.enter()
        process.answers = True
        try:
            if process.fcalls <= 0:
                process.fcalls = CONTEXT_REDS
                scheduler.turn()
            while True:
                if process.suspenders or process.to_confirm:
                    self._stand_still()
                process.parked = -1
                request = coroutine.send(None)
                if request is YIELD:
                    process.fcalls = CONTEXT_REDS
                    scheduler.turn()
                elif process.prepare_wait():
                    self._wait_for_turn()
        except StopIteration as end:
            result: T = end.value
            return result
        except ProcessExit as end:
            coroutine.close()
            process.exit(end.reason)
            raise ProcessExited(process.pid, end.reason) from None
        finally:
            process.answers = False
            if process.is_alive:
                process.state = RUNNING  # a KeyboardInterrupt ends a wait too
            scheduler.leave()

    def _wait_for_turn(self) -> None:
        process = self.process
        scheduler = self.scheduler
        process.granted = False
        while not process.granted:
            if not scheduler.turn() and not process.granted:
                scheduler.wait(process.event)
                if self.emu.halted:
                    self.emu.check_running()

    def _stand_still(self) -> None:
        """Wait until no other process has this one suspended."""
        while self.process.is_held():
            if self.process.prepare_wait():
                self._wait_for_turn()
            self.process.fetch()

    def let_work(self, seconds: float) -> None:
        """Let the emulator work for a moment."""
        self.sleep(seconds)

    def wait_for(self, process: Process) -> Any:
        """Wait until *process* has exited; return its exit reason."""
        reference = self.monitor(process.pid)
        down = self.receive((_DOWN, reference, ANY, ANY, ANY))
        return down[4]

    # --- the BIFs ---

    def receive(self, pattern: Any = None, *, timeout: float | None = None) -> Any:
        """See :meth:`ProcessBifs.receive`."""
        return self.drive(self.process.receive(pattern, timeout=timeout))

    def flush(self) -> list[Any]:
        """Take all messages out of the queue and return them."""
        received = []
        while True:
            try:
                received.append(self.receive(timeout=0))
            except ReceiveTimeout:
                return received

    def sleep(self, seconds: float) -> None:
        """See :meth:`ProcessBifs.sleep`."""
        self.drive(self.process.sleep(seconds))

    def open_port(self, port_name: Any, settings: Any = ()) -> PortId:
        """See :func:`erts_emu.port_bifs.open_port`."""
        return self.drive(self.process.open_port(port_name, settings))

    def port_command(self, port: Any, data: Any, *, force: bool = False, nosuspend: bool = False) -> bool:
        """See :meth:`ProcessBifs.port_command`."""
        return self.drive(self.process.port_command(port, data, force=force, nosuspend=nosuspend))

    def port_control(self, port: Any, operation: int, data: Any) -> Any:
        """See :meth:`ProcessBifs.port_control`."""
        return self.drive(self.process.port_control(port, operation, data))

    def port_call(self, port: Any, operation: int, term: Any) -> Any:
        """See :meth:`ProcessBifs.port_call`."""
        return self.drive(self.process.port_call(port, operation, term))

    def port_close(self, port: Any) -> bool:
        """See :meth:`ProcessBifs.port_close`."""
        return self.drive(self.process.port_close(port))

    def port_connect(self, port: Any, pid: Pid) -> bool:
        """See :meth:`ProcessBifs.port_connect`."""
        return self.drive(self.process.port_connect(port, pid))

    def port_info(self, port: Any, item: Any = None) -> Any:
        """See :meth:`ProcessBifs.port_info`."""
        return self.drive(self.process.port_info(port, item))

    def port_set_data(self, port: Any, data: Any) -> bool:
        """See :meth:`ProcessBifs.port_set_data`."""
        return self.drive(self.process.port_set_data(port, data))

    def port_get_data(self, port: Any) -> Any:
        """See :meth:`ProcessBifs.port_get_data`."""
        return self.drive(self.process.port_get_data(port))

    def ports(self) -> list[PortId]:
        """See :meth:`ProcessBifs.ports`."""
        return self.drive(self.process.ports())

    def send(self, destination: Any, message: Any, *, nosuspend: bool = False) -> Any:
        """See :meth:`ProcessBifs.send`."""
        return self.drive(self.process.send(destination, message, nosuspend=nosuspend))

    def exit_signal(self, target: Pid | PortId, reason: Any) -> bool:
        """See :meth:`ProcessBifs.exit_signal`."""
        return self.drive(self.process.exit_signal(target, reason))

    def link(self, other: Pid | PortId) -> bool:
        """See :meth:`ProcessBifs.link`."""
        return self.drive(self.process.link(other))

    def unlink(self, other: Pid | PortId) -> bool:
        """See :meth:`ProcessBifs.unlink`."""
        return self.drive(self.process.unlink(other))

    def monitor(
        self, item: Any, *, kind: str | None = None, shown: Any = None, tag: Any = _DOWN, alias: str | None = None
    ) -> Reference:
        """See :meth:`ProcessBifs.monitor`."""
        return self.drive(self.process.monitor(item, kind=kind, shown=shown, tag=tag, alias=alias))

    def demonitor(self, reference: Reference, *, flush: bool = False, info: bool = False) -> bool:
        """See :meth:`ProcessBifs.demonitor`."""
        return self.drive(self.process.demonitor(reference, flush=flush, info=info))

    def alias(self, *, reply: bool = False) -> Reference:
        """See :meth:`ProcessBifs.alias`."""
        return self.drive(self.process.alias(reply=reply))

    def unalias(self, alias: Reference) -> bool:
        """See :meth:`ProcessBifs.unalias`."""
        return self.drive(self.process.unalias(alias))

    def suspend_process(self, pid: Pid, *, unless_suspending: bool = False) -> bool:
        """See :meth:`ProcessBifs.suspend_process`."""
        return self.drive(self.process.suspend_process(pid, unless_suspending=unless_suspending))

    def resume_process(self, pid: Pid) -> bool:
        """See :meth:`ProcessBifs.resume_process`."""
        return self.drive(self.process.resume_process(pid))

    def is_process_alive(self, pid: Pid) -> bool:
        """See :meth:`ProcessBifs.is_process_alive`."""
        return self.drive(self.process.is_process_alive(pid))

    def register(self, name: Atom | str, owner: Any) -> bool:
        """See :meth:`ProcessBifs.register`."""
        return self.drive(self.process.register(name, owner))

    def unregister(self, name: Atom | str) -> bool:
        """See :meth:`ProcessBifs.unregister`."""
        return self.drive(self.process.unregister(name))

    def whereis(self, name: Atom | str) -> Pid | PortId | None:
        """See :meth:`ProcessBifs.whereis`."""
        return self.drive(self.process.whereis(name))

    def spawn(self, body: Body, *args: Any, link: bool = False, priority: Priority = "normal") -> Pid:
        """See :meth:`ProcessBifs.spawn`."""
        return self.drive(self.process.spawn(body, *args, link=link, priority=priority))

    @property
    def erl_ddll(self) -> AttachedErlDdll:
        """The functions of the module ``erl_ddll``."""
        return AttachedErlDdll(self)
