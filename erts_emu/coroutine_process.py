"""Processes whose code is a coroutine (ERTS: what ``process_main`` is to compiled Erlang code)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, final

from erts_emu.bifs import ProcessBifs
from erts_emu.errors import NORMAL, ErlangError, ErlangExit, ErlangThrow, ProcessExit, ProcessExited
from erts_emu.process import CONTEXT_REDS, RUNNABLE, RUNNING, WAIT, YIELD, Priority
from erts_emu.terms import Atom

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.scheduler import Scheduler


@final
class CoroutineProcess(ProcessBifs):
    """A process whose code is a coroutine function that gets the process as its first argument."""

    __slots__ = ("_coroutine", "_failure", "_result")

    def __init__(
        self,
        emu: Emulator,
        home: Scheduler,
        body: Callable[..., Coroutine[Any, Any, Any]],
        args: tuple[Any, ...],
        *,
        priority: Priority,
        trap_exit: bool,
    ) -> None:
        label = getattr(body, "__qualname__", repr(body))
        self._coroutine = body(self, *args)
        if not isinstance(self._coroutine, Coroutine):
            raise TypeError(f"a process runs a coroutine function (async def), and {label} returned none")
        super().__init__(emu, home.runq, label=label, priority=priority)
        self.trap_exit = trap_exit
        self.state = RUNNABLE
        self._result: Any = None
        self._failure: BaseException | None = None

    def run_slice(self, scheduler: Scheduler) -> None:
        if self.emu.halting:
            return  # processes run no more; what is left of them ends with the emulator
        self.state = RUNNING
        self.fcalls = CONTEXT_REDS
        try:
            if self.inq:
                self.fetch()
            if (self.suspenders or self.to_confirm) and self.is_held():
                request = WAIT
            else:
                self.parked = -1
                request = self._coroutine.send(None)
        except StopIteration as end:
            self._result = end.value
            self.exit(NORMAL)
        except ProcessExit as end:
            self._end(end.reason)
        except ErlangError as error:
            self._failure = error
            self._end(_exit_reason(error), crash=error if not isinstance(error, ErlangExit) else None)
        except Exception as error:  # noqa: BLE001 -- a process that crashes takes nobody else with it
            self._failure = error
            self._end((Atom("python_exception"), Atom(type(error).__name__), str(error).encode()), crash=error)
        else:
            if request is YIELD or not self.prepare_wait():
                self.state = RUNNABLE
                scheduler.runq.enqueue_process(self)

    def _end(self, reason: Any, crash: BaseException | None = None) -> None:
        self._coroutine.close()
        if crash is not None:
            from erts_emu.logs import logger

            logger().error("process_crashed", pid=str(self.pid), label=self.label, exc_info=crash)
        self.exit(reason)

    def abandon(self) -> None:
        try:
            self._coroutine.close()
        except ValueError:
            return  # it runs on a thread that is stuck in it, and has been left behind

    def outcome(self) -> Any:
        """Return what the coroutine returned. Raises what it raised, or ``ProcessExited``."""
        if self._failure is not None:
            raise self._failure
        if self.exit_reason is not NORMAL:
            raise ProcessExited(self.pid, self.exit_reason)
        return self._result


def _exit_reason(error: ErlangError) -> Any:
    if isinstance(error, ErlangExit):
        return error.reason
    if isinstance(error, ErlangThrow):
        return ((Atom("nocatch"), error.reason), [])
    return (error.reason, [])
