"""Errors as Erlang code sees them, and the few that only Python code can make."""

from __future__ import annotations

from typing import Any, Final, Literal

from erts_emu.terms import Atom

ExceptionClass = Literal["error", "exit", "throw"]

NORMAL: Final = Atom("normal")
KILL: Final = Atom("kill")
KILLED: Final = Atom("killed")
NOPROC: Final = Atom("noproc")
BADARG: Final = Atom("badarg")


class ErlangError(Exception):
    """An Erlang exception: ``kind`` is its class, ``reason`` its term, ``cause`` the extra hint of error_info."""

    kind: ExceptionClass = "error"
    stack: Any = None
    """Where it was raised, as far as an evaluator of Erlang code has noted it."""

    def __init__(self, reason: Any, message: str = "", *, cause: str | None = None) -> None:
        super().__init__(f"{reason}: {message}" if message else f"{reason}")
        self.reason = reason
        self.cause = cause


class Badarg(ErlangError, ValueError):
    """``error:badarg``: an argument is of the wrong type, badly formed, or names something that is gone."""

    def __init__(self, message: str = "", *, cause: str | None = None) -> None:
        super().__init__(BADARG, message, cause=cause)


class Notsup(ErlangError):
    """``error:notsup``: the driver does not support what was asked."""

    def __init__(self, message: str = "") -> None:
        super().__init__(Atom("notsup"), message)


class SystemLimit(ErlangError):
    """``error:system_limit``: a table of the emulator is full."""

    def __init__(self, message: str = "") -> None:
        super().__init__(Atom("system_limit"), message)


class OpenPortError(ErlangError, OSError):
    """``open_port`` failed because the driver's start said so; ``reason`` is ``einval`` or the errno's name."""

    def __init__(self, reason: Atom, message: str) -> None:
        ErlangError.__init__(self, reason, message)


class ErlangExit(ErlangError):
    """``exit(Reason)``."""

    kind: ExceptionClass = "exit"


class ErlangThrow(ErlangError):
    """``throw(Term)``."""

    kind: ExceptionClass = "throw"


class ReceiveTimeout(TimeoutError):
    """No matching message came within the time that ``receive`` was given."""


class ProcessExited(RuntimeError):
    """An attached process was ended by an exit signal; ``reason`` is its term. Attach again to go on."""

    def __init__(self, pid: object, reason: Any) -> None:
        super().__init__(
            f"process {pid} has exited with reason {reason!r}: an exit signal reached it and it does not trap exits. "
            "Attach again, or attach with trap_exit=True to get such signals as messages"
        )
        self.reason = reason


class DriverLoadError(RuntimeError):
    """A driver could not be loaded or unloaded; ``reason`` is the term of ``{error, Reason}``."""

    def __init__(self, name: str, reason: Any, text: str) -> None:
        from erts_emu.terms import format_w

        super().__init__(f"driver {name!r}: {format_w(reason)}: {text}")
        self.reason = reason


class EmulatorHalted(RuntimeError):
    """The emulator has been halted, or is being halted, and takes no more work."""


class ProcessExit(BaseException):
    """Unwinds a process that has to end. Not an ``Exception``: a process's own handlers must not stop it."""

    def __init__(self, reason: Any) -> None:
        super().__init__(reason)
        self.reason = reason
