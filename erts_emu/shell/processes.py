"""Processes that run Erlang code: their coroutine, and what is reported when they crash."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from erts_emu.errors import ErlangError, ErlangExit
from erts_emu.shell.machine import Machine
from erts_emu.shell.values import exit_reason

if TYPE_CHECKING:
    from erts_emu.bifs import ProcessBifs
    from erts_emu.shell.session import Session


def body_of(session: Session, callee: Any, arguments: tuple[Any, ...]) -> Callable[..., Coroutine[Any, Any, None]]:
    """What a process runs that is spawned to call something."""

    async def run(process: ProcessBifs) -> None:
        machine = Machine(session, process, by_value=True)
        try:
            await machine.call(callee, arguments)
        except ErlangError as error:
            reason = exit_reason(error, error.stack.term())
            if error.kind != "exit":
                session.report_crash(process.pid, reason)
            raise ErlangExit(reason) from None

    run.__qualname__ = "erlang:apply/2"
    return run
