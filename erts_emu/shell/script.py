"""Running scripts: files of expressions, as ``file:eval/1`` takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from erts_emu.errors import ErlangError, ProcessExited
from erts_emu.shell.frames import IN_ARGUMENT, IN_FILE, term
from erts_emu.shell.parser import ParseError
from erts_emu.shell.scope import CompileError
from erts_emu.shell.session import Halt, Session, read_forms
from erts_emu.shell.tokens import ScanError

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator


def run_script(boot: Callable[[], Emulator], text: str, name: str = "") -> int:
    """Evaluate the forms of *text*; return the exit status.

    *boot* makes the emulator, if one is needed. As in ``file:eval/1``, what follows a form that fails is evaluated all
    the same; the status is 1 then, and errors have gone to standard error. *name* is the file's.
    """
    session = Session(boot, base=IN_FILE if name else IN_ARGUMENT)
    try:
        status = evaluate_text(session, text, name)
    except Halt as halt:
        return _stop(session, halt.status, flush=halt.flush)
    return _stop(session, status)


def _stop(session: Session, status: int, *, flush: bool = True) -> int:
    """Halt the emulator; return *status*, or 1 if ports have not emptied their queues, and 0 was meant."""
    try:
        session.stop(flush=flush)
    except RuntimeError as error:
        from erts_emu.emulator import HaltIncomplete

        if not isinstance(error, HaltIncomplete):
            raise
        session.complain(f"erts-emu: {error}")
        return status or 1
    return status


def evaluate_text(session: Session, text: str, name: str = "") -> int:
    """Evaluate the forms of *text* in *session*, which goes on; return the exit status. *name* is the file's.

    Raises ``Halt`` if the script asks for it.
    """
    bindings: dict[str, Any] = {}
    status = 0
    for form in read_forms(text):
        try:
            if form.error is not None:
                raise form.error
            session.evaluate(form.nodes, bindings)
        except (ScanError, ParseError, CompileError) as error:
            status = 1
            session.complain(_refused(name, error))
        except ErlangError as error:
            status = 1
            session.complain(_raised(name, error))
        except ProcessExited as exited:
            from erts_emu.shell.reports import format_exception

            session.complain(f"** {format_exception('exit', exited.reason, [])}")
            return 1
    return status


def _refused(name: str, error: ScanError | ParseError | CompileError) -> str:
    from erts_emu.shell.reports import describe_refusal, describe_scan_error

    if isinstance(error, ParseError):
        text = "".join(error.reason)
    elif isinstance(error, ScanError):
        text = describe_scan_error(error.reason)
    else:
        text = describe_refusal(error.reason)
    return f"{name}{':' if name else '* '}{error.line}:{error.column}: {text}"


def _raised(name: str, error: ErlangError) -> str:
    text = f"** {report_of(error)}"
    return f"{text}\n     in call from {name}, line {error.stack.line}" if name else text


def report_of(error: ErlangError) -> str:
    """An exception as the shell of ``erl`` prints it."""
    from erts_emu.shell.reports import format_exception

    frames = error.stack.term()
    while frames and frames[-1][:3] in _AROUND:
        frames.pop()
    return format_exception(error.kind, error.reason, frames)


_AROUND: Final = tuple(term(frame)[:3] for frame in (*IN_FILE, *IN_ARGUMENT))
"""What calls a script's code in ``erl``: nothing that the script's author could do anything about."""
