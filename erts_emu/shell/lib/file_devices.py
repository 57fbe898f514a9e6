"""The part of the module ``file`` on open files: processes that serve one, or raw ones that only their owner uses."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from typing import Any, Final

from erts_emu.errors import ErlangError
from erts_emu.shell.lib._arguments import a_list
from erts_emu.shell.lib.file import LIBRARY
from erts_emu.shell.lib.filename import name_text
from erts_emu.shell.lib.io import ask_device
from erts_emu.shell.open_files import BADARG, FileServer, OpenFile, bytes_of, errno_name
from erts_emu.shell.values import ERROR, OK, badarg
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid

_MODES: Final = (
    "read", "write", "append", "exclusive", "raw", "binary", "delayed_write", "read_ahead", "directory", "sync",
)  # fmt: skip
_UNSUPPORTED: Final = ("ram", "compressed", "compressed_one")
_WITH_VALUE: Final = ("encoding", "read_ahead", "delayed_write")
_ENCODINGS: Final = {"latin1": "latin-1", "unicode": "utf-8", "utf8": "utf-8"}
_DESCRIPTOR: Final = Atom("file_descriptor")
_HANDLE: Final = Atom("handle")
_OWNER: Final = Atom("owner")


# --- opening ---


def _modes(options: Any) -> tuple[set[str], str] | None:
    """The modes and Python's name of the encoding; None: they are none. What is unknown is ignored."""
    modes: set[str] = set()
    encoding = "latin-1"
    for option in options:
        name, value = (option[0], option[-1]) if type(option) is tuple and len(option) in (2, 3) else (option, None)
        if type(name) is not Atom or (name.name not in (_MODES if value is None else _WITH_VALUE)):
            continue
        if name.name == "encoding":
            if type(value) is not Atom or value.name not in _ENCODINGS:
                return None
            encoding = _ENCODINGS[value.name]
        modes.add(name.name)
    return modes, encoding


@LIBRARY.waits("open")
async def _open(machine: Any, name: Any, options: Any) -> Any:
    if type(options) is not list and (type(options) is not Atom or options.name not in (*_MODES, *_UNSUPPORTED)):
        return BADARG
    listed = options if type(options) is list else [options]
    if any(option in map(Atom, _UNSUPPORTED) for option in listed if type(option) is Atom):
        return (ERROR, Atom("enotsup"))
    found = _modes(listed)
    if found is None:
        return BADARG
    modes, encoding = found
    try:
        file = OpenFile(name_text(name), modes)
    except ErlangError:
        return BADARG
    except OSError as error:
        return errno_name(error)
    process = machine.process
    if "raw" in modes:
        return (OK, _raw(machine, file))
    server = FileServer(file, process.pid, encoding)
    return (OK, process.emu.spawn(server.run).pid)


def _raw(machine: Any, file: OpenFile) -> Any:
    reference = machine.process.emu.make_ref()
    machine.session.open_files[reference] = file
    details = {
        _HANDLE: reference,
        _OWNER: machine.process.pid,
        Atom("r_ahead_size"): 0,
        Atom("r_buffer"): machine.process.emu.make_ref(),
    }
    prim = (_DESCRIPTOR, Atom("prim_file"), details)
    return prim if file.binary else (_DESCRIPTOR, Atom("raw_file_io_list"), prim)


def _raw_file(machine: Any, device: Any) -> Any:
    """The file that a descriptor stands for, or ``{error, Reason}``. Raises nothing."""
    while type(device) is tuple and len(device) == 3 and device[0] is _DESCRIPTOR:
        device = device[2]
    if type(device) is not dict or _HANDLE not in device:
        return BADARG
    if device.get(_OWNER) != machine.process.pid:
        return (ERROR, Atom("not_on_controlling_process"))
    return machine.session.open_files.get(device[_HANDLE], (ERROR, Atom("einval")))


# --- using ---


async def _do(machine: Any, device: Any, kind: str, request: Any, raw_request: Any = None) -> Any:
    """Have a request done by the process that the device is, or by this one if it is raw."""
    process = machine.process
    if type(device) is Atom:
        device = await process.whereis(device)
        if device is None:
            return (ERROR, Atom("arguments" if kind == "io" else "badarg"))
    if type(device) is Pid:
        return await ask_device(process, device, kind, request)
    file = _raw_file(machine, device)
    return file if type(file) is tuple else file.do(request if raw_request is None else raw_request)


def _is_size(term: Any) -> bool:
    return type(term) is int and term >= 0


def _result(answer: Any) -> Any:
    """Data as ``read/2`` has it: with ``ok``."""
    return (OK, answer) if isinstance(answer, bytes | list) else answer


@LIBRARY.waits("close")
async def _close(machine: Any, device: Any) -> Any:
    if type(device) is Pid:
        answer = await ask_device(machine.process, device, "file", Atom("close"))
        return OK if answer == (ERROR, Atom("terminated")) else answer
    file = _raw_file(machine, device)
    return file if type(file) is tuple else file.close()


@LIBRARY.waits("read")
async def _read(machine: Any, device: Any, size: Any) -> Any:
    if not _is_size(size):
        return BADARG
    request = (Atom("get_chars"), Atom("latin1"), Atom(""), size)
    return _result(await _do(machine, device, "io", request, (Atom("read"), size)))


@LIBRARY.waits("read_line")
async def _read_line(machine: Any, device: Any) -> Any:
    request = (Atom("get_line"), Atom("latin1"), Atom(""))
    return _result(await _do(machine, device, "io", request, Atom("read_line")))


@LIBRARY.waits("write")
async def _write(machine: Any, device: Any, data: Any) -> Any:
    content = bytes_of(data)
    if content is None:
        return BADARG
    return await _do(machine, device, "io", (Atom("put_chars"), Atom("latin1"), content), (Atom("write"), content))


@LIBRARY.waits("position")
async def _position(machine: Any, device: Any, place: Any) -> Any:
    return await _do(machine, device, "file", (Atom("position"), place))


@LIBRARY.waits("pread", 2, 3)
async def _pread(machine: Any, device: Any, *where: Any) -> Any:
    return await _do(machine, device, "file", (Atom("pread"), *where))


@LIBRARY.waits("pwrite", 2, 3)
async def _pwrite(machine: Any, device: Any, *what: Any) -> Any:
    return await _do(machine, device, "file", (Atom("pwrite"), *what))


@LIBRARY.waits("truncate")
async def _truncate(machine: Any, device: Any) -> Any:
    return await _do(machine, device, "file", Atom("truncate"))


@LIBRARY.waits("sync")
async def _sync(machine: Any, device: Any) -> Any:
    return await _do(machine, device, "file", Atom("sync"))


@LIBRARY.waits("datasync")
async def _datasync(machine: Any, device: Any) -> Any:
    return await _do(machine, device, "file", Atom("datasync"))


@LIBRARY.plain("copy", 3)
def _copy(source: Any, target: Any, most: Any) -> Any:
    if most is not Atom("infinity") and not _is_size(most):
        return BADARG
    try:
        old, new = name_text(source), name_text(target)
    except ErlangError:
        return BADARG
    try:
        with open(old, "rb") as stream:
            data = stream.read(most if type(most) is int else -1)
        with open(new, "wb") as stream:
            return (OK, stream.write(data))
    except OSError as error:
        return errno_name(error)


# --- information ---

_TYPES: Final = {
    stat.S_IFREG: "regular", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink", stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}  # fmt: skip
_ACCESS: Final = {(True, True): "read_write", (True, False): "read", (False, True): "write", (False, False): "none"}


def _info(name: Any, options: Any, ask: Callable[[str], os.stat_result]) -> Any:
    how = "local"
    for option in a_list(options):
        if type(option) is tuple and len(option) == 2 and option[0] is Atom("time") and type(option[1]) is Atom:
            how = option[1].name
    if how not in _CLOCKS:
        raise badarg()
    try:
        path = name_text(name)
        found = ask(path)
    except ErlangError:
        return BADARG
    except OSError as error:
        return errno_name(error)
    access = _ACCESS[os.access(path, os.R_OK), os.access(path, os.W_OK)]
    times = [_CLOCKS[how](int(each)) for each in (found.st_atime, found.st_mtime, found.st_ctime)]
    return (OK, (
        Atom("file_info"), found.st_size, Atom(_TYPES.get(stat.S_IFMT(found.st_mode), "other")), Atom(access), *times,
        found.st_mode, found.st_nlink, found.st_dev, found.st_rdev, found.st_ino, found.st_uid, found.st_gid,
    ))  # fmt: skip


def _calendar(moment: time.struct_time) -> Any:
    return (tuple(moment[:3]), tuple(moment[3:6]))


_CLOCKS: Final[dict[str, Callable[[int], Any]]] = {
    "local": lambda seconds: _calendar(time.localtime(seconds)),
    "universal": lambda seconds: _calendar(time.gmtime(seconds)),
    "posix": lambda seconds: seconds,
}


@LIBRARY.plain("read_file_info", 1, 2)
def _read_file_info(name: Any, options: Any = None) -> Any:
    return _info(name, [] if options is None else options, os.stat)


@LIBRARY.plain("read_link_info", 1, 2)
def _read_link_info(name: Any, options: Any = None) -> Any:
    return _info(name, [] if options is None else options, os.lstat)
