"""The module ``io``: standard output, standard error, standard input, and processes that speak the I/O protocol."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.shell.format import BadFormat, characters, format_text
from erts_emu.shell.input import read_term
from erts_emu.shell.lib._arguments import a_list, chars
from erts_emu.shell.native import WAITS, Library, Native, Tail
from erts_emu.shell.values import ERROR, FALSE, OK, Raised, badarg
from erts_emu.terms.atoms import Atom
from erts_emu.terms.format import format_w
from erts_emu.terms.identifiers import Pid

LIBRARY: Final = Library("io")

_STANDARD_IO: Final = Atom("standard_io")
_OUTPUTS: Final = (_STANDARD_IO, Atom("user"))
_STANDARD_ERROR: Final = Atom("standard_error")
DEVICES: Final = (*_OUTPUTS, _STANDARD_ERROR)
_EOF: Final = Atom("eof")
_PUT_CHARS: Final = Atom("put_chars")
_UNICODE: Final = Atom("unicode")


def _write(machine: Any, device: Any, text: str, request: Any = None) -> Any:
    """Write to one of the standard devices, or have the process that the device is do it."""
    if device is _STANDARD_ERROR:
        machine.session.error_output.write(text)
    elif device in _OUTPUTS or device == machine.session.group_leader:
        machine.session.output.write(text)
    else:
        return _asking(device, request or (_PUT_CHARS, _UNICODE, text.encode()), demanding=True)
    return OK


def _is_elsewhere(machine: Any, given: tuple[Any, ...]) -> bool:
    """Whether a function was given a device that is none of the standard ones, before its other arguments."""
    device = given[0]
    standard = device in DEVICES or device == machine.session.group_leader
    return not standard and (type(device) is Pid or type(device) is Atom) and len(given) > 1


def _asking(device: Any, request: Any, *, demanding: bool = False) -> Tail:
    return Tail(_DEMAND if demanding else _REQUEST, (device, request))


async def _request(machine: Any, device: Any, request: Any) -> Any:
    """Ask the process that a device is, as the I/O protocol has it."""
    process = machine.process
    if type(device) is Atom:
        device = await process.whereis(device)
    if type(device) is not Pid:
        raise badarg()
    return await ask_device(process, device, "io", request)


async def _demand(machine: Any, device: Any, request: Any) -> Any:
    """The same, where anything but ``ok`` is an exception."""
    answer = await _request(machine, device, request)
    if type(answer) is tuple and len(answer) == 2 and answer[0] is ERROR:
        raise Raised(answer[1])
    return answer


async def ask_device(process: Any, device: Pid, kind: str, request: Any) -> Any:
    """Send a request ``file`` or ``io`` to a process; return the answer, ``{error, terminated}`` if it is gone."""
    mark = await process.monitor(device)
    await process.send(device, (Atom(f"{kind}_request"), process.pid, mark, request))
    reply, down = Atom(f"{kind}_reply"), Atom("DOWN")

    def is_answer(message: Any) -> bool:
        return type(message) is tuple and len(message) > 2 and message[0] in (reply, down) and message[1] == mark

    message = await process.receive(is_answer)
    if message[0] is down:
        return (ERROR, Atom("terminated"))
    await process.demonitor(mark, flush=True)
    return message[2]


_REQUEST: Final = Native("io", "request", 2, _request, WAITS, needs_process=True)
_DEMAND: Final = Native("io", "request", 2, _demand, WAITS, needs_process=True)


@LIBRARY.context("format", 1, 2, 3, needs_process=False)
@LIBRARY.context("fwrite", 1, 2, 3, needs_process=False)
def _format(machine: Any, *given: Any) -> Any:
    device, control, arguments = _with_device(given)
    try:
        text = format_text(control, arguments)
    except BadFormat:
        raise badarg() from None
    return _write(machine, device, text, (_PUT_CHARS, _UNICODE, Atom("io_lib"), Atom("format"), [control, arguments]))


def _with_device(given: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    if len(given) == 1:
        return (_STANDARD_IO, given[0], [])
    if len(given) == 2:
        return (_STANDARD_IO, *given)
    return given


@LIBRARY.context("nl", 0, 1, needs_process=False)
def _nl(machine: Any, device: Any = _STANDARD_IO) -> Any:
    return _write(machine, device, "\n", (_PUT_CHARS, _UNICODE, chars("\n")))


@LIBRARY.context("put_chars", 1, 2, needs_process=False)
def _put_chars(machine: Any, *given: Any) -> Any:
    device, data = (_STANDARD_IO, *given) if len(given) == 1 else given
    try:
        text = _strict(data)
    except BadFormat:
        raise badarg() from None
    return _write(machine, device, text)


def _strict(data: Any) -> str:
    """Characters in which binaries are UTF-8."""
    from erts_emu.shell.lib.unicode import BadCharacters, decode

    try:
        return decode(data)
    except BadCharacters:
        raise BadFormat("not characters") from None


@LIBRARY.context("write", 1, 2, needs_process=False)
def _write_term(machine: Any, *given: Any) -> Any:
    device, term = (_STANDARD_IO, *given) if len(given) == 1 else given
    request = (_PUT_CHARS, _UNICODE, Atom("io_lib"), Atom("write"), [term])
    return _write(machine, device, format_w(term), request)


@LIBRARY.context("columns", 0, 1, needs_process=False)
@LIBRARY.context("rows", 0, 1, needs_process=False)
def _columns(_machine: Any, _device: Any = None) -> Any:
    return (ERROR, Atom("enotsup"))


@LIBRARY.context("getopts", 0, 1, needs_process=False)
def _getopts(machine: Any, _device: Any = None) -> Any:
    encoding = "unicode" if machine.session.output.unicode else "latin1"
    return [(Atom("binary"), FALSE), (Atom("encoding"), Atom(encoding))]


@LIBRARY.context("setopts", 1, 2, needs_process=False)
def _setopts(machine: Any, *given: Any) -> Any:
    for option in a_list(given[-1]):
        if type(option) is tuple and len(option) == 2 and option[0] is Atom("encoding"):
            if option[1] not in (Atom("unicode"), Atom("utf8"), Atom("latin1")):
                return (ERROR, Atom("enotsup"))
            machine.session.output.unicode = option[1] is not Atom("latin1")
    return OK


@LIBRARY.plain("printable_range")
def _printable_range() -> Atom:
    return Atom("latin1")


# --- input ---


def _prompt(machine: Any, prompt: Any) -> None:
    if type(prompt) is tuple and len(prompt) == 3 and prompt[0] is Atom("format"):
        text = format_text(prompt[1], prompt[2])
    elif type(prompt) is Atom:
        text = prompt.name
    else:
        try:
            text = characters(prompt, unicode=True)
        except BadFormat:
            text = format_w(prompt)
    if text:
        machine.session.output.write(text)


def _answer(text: str) -> Any:
    return chars(text) if text else _EOF


@LIBRARY.context("get_line", 1, 2, needs_process=False)
def _get_line(machine: Any, *given: Any) -> Any:
    if _is_elsewhere(machine, given):
        return _asking(given[0], (Atom("get_line"), _UNICODE, given[-1]))
    _prompt(machine, given[-1])
    return _answer(machine.session.input.line())


@LIBRARY.context("get_chars", 2, 3, needs_process=False)
def _get_chars(machine: Any, *given: Any) -> Any:
    prompt, count = given[-2:]
    if type(count) is not int or count < 0:
        raise badarg()
    if len(given) > 2 and _is_elsewhere(machine, given):
        return _asking(given[0], (Atom("get_chars"), _UNICODE, prompt, count))
    _prompt(machine, prompt)
    return _answer(machine.session.input.characters(count))


@LIBRARY.context("read", 1, 2, needs_process=False)
def _read(machine: Any, *given: Any) -> Any:
    if _is_elsewhere(machine, given):
        return _asking(given[0], (Atom("get_until"), _UNICODE, given[-1], Atom("erl_scan"), Atom("tokens"), [1]))
    _prompt(machine, given[-1])
    return read_term(machine.session.input)
