"""Files, read and written on the async threads, in the manner of OTP's old ``efile``.

Protocol. Integers are big-endian and unsigned; open the port with ``binary``. A port has at most one open file::

    port_command(Port, <<1, Mode, Path/binary>>)              open; Mode: 1 read, 2 write, 3 both, +4 truncate,
                                                              +8 append, +16 the file must not exist yet
    port_command(Port, <<2>>)                                 close
    port_command(Port, <<3, Offset:64, Length:32>>)           read -> <<Data/binary>>, empty at the end of the file
    port_command(Port, <<4, Offset:64, Data/binary>>)         write -> <<Written:64>>
    port_command(Port, <<5>>)                                 fsync
    port_command(Port, <<6, Path/binary>>)                    stat -> <<Type, Mode:32, Size:64, Mtime:64>>; Type is $f,
                                                              $d, $l or $o; Mtime in seconds since 1970
    port_command(Port, <<7, Path/binary>>)                    list a folder -> <<Length:32, Name:Length/binary>>, …
        -> {Port, {data, <<Request:32, 0, Result/binary>>}}   requests count from 1, and are answered in order
        -> {Port, {data, <<Request:32, 1, Error/binary>>}}    an errno's name, as in <<"enoent">>

    port_control(Port, 1, <<Low:32, High:32>>)  the port is busy from High unanswered requests on, until there are Low
    port_control(Port, 2, [])                   -> <<Unanswered:32>>

A request without sense is answered ``einval``, one that needs an open file ``ebadf``. Only regular files can be opened:
whatever else could block a thread for ever is refused with ``einval``, a folder with ``eisdir``. One request reads at
most 16 MB.

What there is to learn: the key makes all jobs of a port run on one thread, one after the other, so that the file needs
no lock although no callback touches it; for the same reason ``stop`` cannot close it, but submits a last job that does;
a port that is busy keeps fast writers from filling the memory with jobs; a job is one class with one method, and the
request that is nonsense is a job too, so that answers keep their order.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from typing import Final, final

from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    PORT_CONTROL_FLAG_BINARY,
    Driver,
    DriverEntry,
    Pointer,
    driver_async,
    driver_async_port_key,
    driver_output,
    erl_errno_id,
    hookimpl,
    set_busy_port,
    set_port_control_flags,
)

OPEN, CLOSE, READ, WRITE, FSYNC, STAT, LIST = range(1, 8)
LIMITS: Final = 1
UNANSWERED: Final = 2
BADARG: Final = -1

MODE_READ: Final = 1
MODE_WRITE: Final = 2
MODE_TRUNCATE: Final = 4
MODE_APPEND: Final = 8
MODE_NEW: Final = 16

MAX_READ: Final = 16 * 1024 * 1024
DEFAULT_LOW: Final = 8
DEFAULT_HIGH: Final = 32
TYPES: Final = {stat.S_IFREG: b"f", stat.S_IFDIR: b"d", stat.S_IFLNK: b"l"}


@final
class OpenFile:
    """The file of one port. Only jobs touch it, and those of one port never run at the same time."""

    __slots__ = ("fd",)

    def __init__(self) -> None:
        self.fd = -1

    def descriptor(self) -> int:
        """The open file's descriptor. Raises ``OSError`` if no file is open."""
        if self.fd < 0:
            raise OSError(errno.EBADF, "no file is open")
        return self.fd

    def open(self, mode: int, path: bytes) -> bytes:
        """Open a regular file."""
        if self.fd >= 0:
            raise OSError(errno.EBUSY, "a file is open already")
        fd = os.open(path, flags_of(mode) | os.O_CLOEXEC | os.O_NONBLOCK, 0o666)
        kind = os.fstat(fd).st_mode
        if not stat.S_ISREG(kind):
            os.close(fd)
            raise OSError(errno.EISDIR if stat.S_ISDIR(kind) else errno.EINVAL, "not a regular file")
        self.fd = fd
        return b""

    def close(self) -> bytes:
        """Close the file. The descriptor is gone even if the system reports an error."""
        fd, self.fd = self.descriptor(), -1
        os.close(fd)
        return b""

    def read(self, offset: int, length: int) -> bytes:
        """Read; fewer bytes come at the end of the file only."""
        if length > MAX_READ:
            raise OSError(errno.EINVAL, "too much at once")
        return os.pread(self.descriptor(), length, offset)

    def write(self, offset: int, data: bytes) -> bytes:
        """Write all of *data*, at *offset* or, if the file was opened so, at its end."""
        fd = self.descriptor()
        written = 0
        while written < len(data):
            written += os.pwrite(fd, data[written:], offset + written)
        return written.to_bytes(8)

    def fsync(self) -> bytes:
        """Wait until the disk has everything."""
        os.fsync(self.descriptor())
        return b""


def flags_of(mode: int) -> int:
    """Return the flags of open(2). Raises ``OSError`` for what is no mode."""
    access = {MODE_READ: os.O_RDONLY, MODE_WRITE: os.O_WRONLY | os.O_CREAT, 3: os.O_RDWR | os.O_CREAT}.get(mode & 3)
    if access is None or mode >= 2 * MODE_NEW or (mode > 3 and not mode & MODE_WRITE):
        raise OSError(errno.EINVAL, "no mode")
    for bit, flag in ((MODE_TRUNCATE, os.O_TRUNC), (MODE_APPEND, os.O_APPEND), (MODE_NEW, os.O_EXCL)):
        if mode & bit:
            access |= flag
    return access


def status_of(path: bytes) -> bytes:
    """Describe what a path names; a symbolic link itself."""
    found = os.lstat(path)
    kind = TYPES.get(stat.S_IFMT(found.st_mode), b"o")
    return kind + stat.S_IMODE(found.st_mode).to_bytes(4) + found.st_size.to_bytes(8) + int(found.st_mtime).to_bytes(8)


def names_in(path: bytes) -> bytes:
    """Return the names in a folder, sorted."""
    return b"".join(len(name).to_bytes(4) + name for name in sorted(os.listdir(path)))


def action_of(file: OpenFile, request: bytes) -> Callable[[], bytes] | None:
    """Say what is to be done for a request: a function that returns the result. None for what makes no sense."""
    operation, rest = request[:1], request[1:]
    match operation[0] if operation else 0, len(rest):
        case 1, length if length > 1:
            return lambda: file.open(rest[0], rest[1:])
        case 2, 0:
            return file.close
        case 3, 12:
            return lambda: file.read(int.from_bytes(rest[:8]), int.from_bytes(rest[8:]))
        case 4, length if length >= 8:
            return lambda: file.write(int.from_bytes(rest[:8]), rest[8:])
        case 5, 0:
            return file.fsync
        case 6, length if length:
            return lambda: status_of(rest)
        case 7, length if length:
            return lambda: names_in(rest)
    return None


@final
class Job:
    """One request. It belongs to the port, then to an async thread, then to the port again."""

    __slots__ = ("action", "answer", "request")

    def __init__(self, request: int, action: Callable[[], bytes] | None) -> None:
        self.request = request
        self.action = action
        self.answer = b""

    def run(self) -> None:
        """Do it (``async_invoke``): no lock is held, and the file is ours."""
        try:
            if self.action is None:
                raise OSError(errno.EINVAL, "no request")
            self.answer = b"\x00" + self.action()
        except OSError as error:
            self.answer = b"\x01" + erl_errno_id(error.errno or errno.EIO).encode()
        except (ValueError, OverflowError):  # a zero byte in the path; an offset that no file has
            self.answer = b"\x01einval"


class FileDriver(Driver):
    """One port. Its attributes need its lock; what is in ``file`` belongs to the jobs."""

    driver_name = "file_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command: str) -> None:
        """Open a port; what follows the driver's name is ignored."""
        set_port_control_flags(self.port, PORT_CONTROL_FLAG_BINARY)
        self.file = OpenFile()
        self.key = Pointer(driver_async_port_key(self.port))
        self.requested = 0
        self.answered = 0
        self.low, self.high = DEFAULT_LOW, DEFAULT_HIGH

    def output(self, buf: bytes) -> None:
        """Submit a request. Whoever comes when there are too many has to wait."""
        self.requested += 1
        self._submit(Job(self.requested, action_of(self.file, buf)))
        self._show_busy()

    def _submit(self, job: Job) -> None:
        driver_async(self.port, self.key, Job.run, job, discard)

    def ready_async(self, thread_data: Job) -> None:
        """Answer a request."""
        self.answered += 1
        driver_output(self.port, thread_data.request.to_bytes(4) + thread_data.answer)
        self._show_busy()

    def _show_busy(self) -> None:
        waiting = self.requested - self.answered
        if waiting >= self.high:
            set_busy_port(self.port, 1)
        elif waiting <= self.low:
            set_busy_port(self.port, 0)

    def control(self, command: int, buf: bytes) -> bytes | int:
        """Change the limits, or say how much there is to do."""
        if command == LIMITS and len(buf) == 8:
            low, high = int.from_bytes(buf[:4]), int.from_bytes(buf[4:])
            if low < high:
                self.low, self.high = low, high
                self._show_busy()
                return b""
        elif command == UNANSWERED:
            return (self.requested - self.answered).to_bytes(4)
        return BADARG

    def stop(self) -> None:
        """The port ends. A job may be using the file: the last one, behind it on the same thread, closes it."""
        self._submit(Job(0, self._close_if_open))

    def _close_if_open(self) -> bytes:
        return self.file.close() if self.file.fd >= 0 else b""


def discard(job: Job) -> None:
    """Forget the answer to a request whose port is gone (``async_free``)."""
    job.answer = b""


@hookimpl
def driver_init() -> DriverEntry:
    """Announce the driver."""
    return FileDriver.entry()
