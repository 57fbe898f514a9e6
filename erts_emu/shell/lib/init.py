"""The module ``init``: stopping the system, and its command line, of which scripts see nothing."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.shell.lib._arguments import chars
from erts_emu.shell.native import Library
from erts_emu.shell.values import ERROR, OK, badarg
from erts_emu.terms.atoms import Atom

LIBRARY: Final = Library("init")


@LIBRARY.context("stop", 0, 1)
def _stop(machine: Any, status: Any = 0) -> Atom:
    """Ask for the end, and go on until it comes: another process halts the system."""
    session = machine.session
    if type(status) is list and all(type(code) is int and 0 <= code <= 0x10FFFF for code in status):
        session.complain("".join(map(chr, status)))
        status = 1
    if type(status) is not int or status < 0:
        raise badarg()

    async def halt(process: Any) -> None:
        await session.halt(process, status & 0xFF, flush=True)

    machine.process.emu.spawn(halt)
    return OK


@LIBRARY.plain("get_status")
def _get_status() -> tuple[Atom, Atom]:
    return (Atom("started"), Atom("started"))


@LIBRARY.plain("get_arguments")
@LIBRARY.plain("get_plain_arguments")
def _get_arguments() -> list[Any]:
    return []


@LIBRARY.plain("get_argument")
def _get_argument(flag: Any) -> Any:
    import os

    if flag is Atom("home"):
        return (OK, [[chars(os.path.expanduser("~"))]])
    return ERROR


@LIBRARY.plain("script_id")
def _script_id() -> tuple[list[int], list[int]]:
    return (chars("Erlang/OTP"), chars("25"))
