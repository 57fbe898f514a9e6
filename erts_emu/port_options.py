"""The arguments of ``open_port``: names and settings (ERTS: ``erl_bif_port.c``)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, final

from attrs import define

from erts_emu.driver.constants import ERL_DRV_BUSY_MSGQ_LIM_MAX
from erts_emu.errors import Badarg
from erts_emu.terms import Atom, Bitstring

DEFAULT_LINE: Final = 512

MAX_LINE: Final = 2**31 - 1
"""OTP takes longer ones, and ends for want of memory."""

_IGNORED: Final = frozenset(("in", "out", "hide", "overlapped_io"))
_SPAWN_FORMS: Final = frozenset(("spawn", "spawn_driver"))
_PLAIN_FORMS: Final = ("spawn_driver", Atom("spawn_driver"))


@final
@define
class PortSettings:
    """What the settings of ``open_port`` say, as far as a driver's port is concerned. Not changed once parsed."""

    binary: bool = False
    eof: bool = False
    line: int | None = None
    packet: int = 0
    parallelism: bool | None = None
    exit_status: bool = False
    arguments: bool = False
    busy_limits_port: bool = False
    busy_limits_msgq: tuple[int, int] | str | None = None


def name_of(term: Any) -> str | None:
    """Return the text of an atom; ``str`` is accepted where Erlang code writes an atom. None for anything else."""
    if isinstance(term, Atom):
        return term.name
    return term if isinstance(term, str) else None


def parse_port_name(port_name: Any) -> tuple[str, str]:
    """Return ``(form, command)`` of ``{spawn_driver, Command}``. Raises ``Badarg`` that says what is wrong."""
    if type(port_name) is tuple and len(port_name) == 2 and type(port_name[1]) is str and "\0" not in port_name[1]:
        form, command = port_name
        if form in _PLAIN_FORMS:
            return "spawn_driver", command
    if not isinstance(port_name, tuple) or len(port_name) != 2:
        raise Badarg(f"the port name must be a tuple {{spawn_driver, Command}}, not {port_name!r}")
    form = name_of(port_name[0])
    if form not in _SPAWN_FORMS:
        raise Badarg(f"only {{spawn_driver, Command}} and {{spawn, Command}} name a driver's port, not {port_name!r}")
    return form, _command_text(port_name[1])


def _command_text(command: Any) -> str:
    if isinstance(command, str):
        if "\0" in command:
            raise Badarg("a NUL is no character of a command")
        return command
    if isinstance(command, Atom):
        return command.name
    if isinstance(command, bytes):
        return command.split(b"\0")[0].decode("utf-8", "surrogateescape")
    if isinstance(command, list):
        return "".join(_characters(command))
    raise Badarg(f"the command must be a string, an atom or a binary, not {command!r}")


def _characters(deep_list: list[Any]) -> list[str]:
    characters: list[str] = []
    todo = list(reversed(deep_list))
    while todo:
        item = todo.pop()
        if isinstance(item, list):
            todo.extend(reversed(item))
        elif isinstance(item, str):
            characters.append(_command_text(item))
        elif isinstance(item, int) and 0 < item <= 0x10FFFF:
            characters.append(chr(item))
        else:
            raise Badarg(f"{item!r} is no character of a command")
    return characters


def driver_name_of(command: str) -> str:
    """The driver's name: the text before the first space."""
    return command.split(" ", 1)[0]


def parse_settings(settings: Any) -> PortSettings:
    """Read the settings left to right. Raises ``Badarg`` with cause ``badopt`` for the first unacceptable one."""
    if not isinstance(settings, list):
        raise _badopt(settings, "the settings must be a list")
    for option in settings:
        if type(option) is not str and type(option) is not Atom:
            return _parse(settings)
    return _parse_flags(tuple(settings))


@lru_cache(maxsize=64)
def _parse_flags(flags: tuple[Any, ...]) -> PortSettings:
    """Settings without values are the usual ones, and the same for many ports."""
    return _parse(list(flags))


def _parse(settings: list[Any]) -> PortSettings:
    parsed = PortSettings()
    use_stdio, stderr_to_stdout = True, False
    folder: Any = ""
    for option in settings:
        name = name_of(option)
        if name is None:
            if isinstance(option, tuple) and len(option) == 2 and name_of(option[0]) == "cd":
                folder = option[1]  # of several, only the last has to be one
            else:
                _parse_pair(parsed, option)
        elif name in ("use_stdio", "nouse_stdio"):
            use_stdio = name == "use_stdio"
        elif name == "stderr_to_stdout":
            stderr_to_stdout = True
        else:
            _parse_flag(parsed, name, option)
    if parsed.line is not None and parsed.packet:
        raise _badopt(settings, "line and packet exclude each other")
    if stderr_to_stdout and not use_stdio:
        raise _badopt(settings, "stderr_to_stdout and nouse_stdio exclude each other")
    if not isinstance(folder, Bitstring):
        _command_text(folder)
    return parsed


def _badopt(option: Any, problem: str) -> Badarg:
    return Badarg(f"open_port setting {option!r}: {problem}", cause="badopt")


def _parse_flag(parsed: PortSettings, name: str, option: Any) -> None:
    if name == "binary":
        parsed.binary = True
    elif name == "eof":
        parsed.eof = True
    elif name == "stream":
        parsed.packet = 0
    elif name == "line":
        parsed.line = DEFAULT_LINE
    elif name == "exit_status":
        parsed.exit_status = True
    elif name not in _IGNORED:
        raise _badopt(option, "there is no such setting")


def _parse_pair(parsed: PortSettings, option: Any) -> None:
    if not isinstance(option, tuple) or len(option) != 2:
        raise _badopt(option, "there is no such setting")
    name, value = name_of(option[0]), option[1]
    if name == "packet":
        if type(value) is not int or value not in (1, 2, 4):
            raise _badopt(option, "a packet length takes 1, 2 or 4 bytes")
        parsed.packet = value
    elif name == "line":
        if type(value) is not int or not 1 <= value <= MAX_LINE:
            raise _badopt(option, f"a line length is an integer between 1 and {MAX_LINE}")
        parsed.line = value
    elif name == "parallelism":
        parsed.parallelism = _boolean(option, value)
    elif name == "busy_limits_port":
        _limits(option, value)
        parsed.busy_limits_port = True
    elif name == "busy_limits_msgq":
        parsed.busy_limits_msgq = _limits(option, value)
    elif name == "args":
        if not isinstance(value, list) or not all(map(_is_argument, value)):
            raise _badopt(option, "arguments are a list of strings and binaries")
        parsed.arguments = True
    elif name == "arg0":
        if not _is_argument(value):
            raise _badopt(option, "an argument is a string or a binary")
        parsed.arguments = True
    elif name == "env":
        _check_environment(option, value)
    else:
        raise _badopt(option, "there is no such setting")


def _boolean(option: Any, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    name = name_of(value)
    if name not in ("true", "false"):
        raise _badopt(option, "must be true or false")
    return name == "true"


def _limits(option: Any, value: Any) -> tuple[int, int] | str:
    if name_of(value) == "disabled":
        return "disabled"
    if not isinstance(value, tuple) or len(value) != 2:
        raise _badopt(option, "limits are {Low, High} or disabled")
    for limit in value:
        if not isinstance(limit, int) or not 1 <= limit <= ERL_DRV_BUSY_MSGQ_LIM_MAX:
            raise _badopt(option, f"a limit is an integer between 1 and {ERL_DRV_BUSY_MSGQ_LIM_MAX}")
    low, high = value
    return min(low, high), high


def _check_environment(option: Any, value: Any) -> None:
    """A list of ``{Name, Value}``, both strings; the value may be ``false``: to unset the variable."""
    if not isinstance(value, list):
        raise _badopt(option, "an environment is a list of {Name, Value}")
    for pair in value:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise _badopt(option, "an environment is a list of {Name, Value}")
        name, text = pair
        if not _is_string(name) or "=" in _command_text(name):
            raise _badopt(option, f"{name!r} is no name of a variable")
        if text is not False and name_of(text) != "false" and not _is_string(text):
            raise _badopt(option, f"{text!r} is neither a string nor false")


def _is_argument(term: Any) -> bool:
    return isinstance(term, Atom | bytes) or _is_string(term)


def _is_string(term: Any) -> bool:
    if isinstance(term, Atom) or not isinstance(term, str | list):
        return False
    try:
        _command_text(term)
    except Badarg:
        return False
    return True
