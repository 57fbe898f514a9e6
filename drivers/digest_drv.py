"""Digests of files, computed on the async threads: the emulator goes on while a disk is slow or a file is long.

Protocol. Integers are big-endian and unsigned; open the port with ``binary``::

    port_command(Port, Path)              queue a digest of the file; requests count from 1 on each port
        -> {Port, {data, <<Request:32, 0, Size:64, Digest/binary>>}}
        -> {Port, {data, <<Request:32, 1, Error/binary>>}}         an errno's name, as in <<"enoent">>

    port_control(Port, 1, Algorithm)      <<"sha256">> unless changed, for the requests that follow
    port_control(Port, 2, Spread)         <<"port">> unless changed, for the requests that follow
    port_control(Port, 3, [])             -> <<Requested:32, Answered:32>>

1 and 2 reply with what is in force; empty data only asks; anything unknown raises ``badarg``.

With the spread ``port`` all requests of a port go to one async thread, and are answered in order. With
``round_robin`` they take turns on all threads, and a short file may overtake a long one. Only regular files
have a digest: a folder gives ``eisdir``, whatever else that could block a thread for ever gives ``einval``.

What there is to learn: a driver's own job record; which side may touch what when no lock is held; what a
job does about a port that was closed behind it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Final, final

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
    set_port_control_flags,
)

ALGORITHM: Final = 1
SPREAD: Final = 2
COUNTS: Final = 3

CHUNK: Final = 1024 * 1024
SPREADS: Final = ("port", "round_robin")
BADARG: Final = -1

Hash = Callable[[memoryview], Any]


@final
class Job:
    """One request. Nobody shares it: it belongs to the port, then to an async thread, then to the port again."""

    __slots__ = ("answer", "new_hash", "owner", "path", "request")

    def __init__(self, owner: DigestDriver, request: int, path: bytes, new_hash: Hash) -> None:
        self.owner = owner
        self.request = request
        self.path = path
        self.new_hash = new_hash
        self.answer = b""


class DigestDriver(Driver):
    """One port. Everything is touched under its lock, except ``closed``: jobs look at that whenever they like."""

    driver_name = "digest_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    spare_buffers: ClassVar[list[bytearray]]
    """Buffers that no job reads into now: never more of them than async threads. Taking one is atomic."""

    def start(self, command: str) -> None:
        """Open a port; what follows the driver's name is ignored."""
        set_port_control_flags(self.port, PORT_CONTROL_FLAG_BINARY)
        self.algorithm = "sha256"
        self.new_hash = hash_of("sha256")
        self.spread = "port"
        self.key = Pointer(driver_async_port_key(self.port))
        self.requested = 0
        self.answered = 0
        self.closed = False

    @classmethod
    def init(cls) -> int:
        """The driver has been loaded."""
        cls.spare_buffers = []
        return 0

    @classmethod
    def finish(cls) -> None:
        """The driver is unloaded: no job is under way any more."""
        cls.spare_buffers.clear()

    def output(self, buf: bytes) -> None:
        """Queue the digest of the file *buf*."""
        self.requested += 1
        job = Job(self, self.requested, buf, self.new_hash)
        driver_async(self.port, self.key if self.spread == "port" else None, digest, job, discard)

    def ready_async(self, thread_data: Job) -> None:
        """Answer a request."""
        self.answered += 1
        driver_output(self.port, thread_data.request.to_bytes(4) + thread_data.answer)

    def control(self, command: int, buf: bytes) -> bytes | int:
        """Change or show what is in force."""
        if command == ALGORITHM:
            return self._choose_algorithm(buf.decode("latin-1"))
        if command == SPREAD:
            return self._choose_spread(buf.decode("latin-1"))
        if command == COUNTS:
            return self.requested.to_bytes(4) + self.answered.to_bytes(4)
        return BADARG

    def _choose_algorithm(self, name: str) -> bytes | int:
        if name:
            if name not in hashlib.algorithms_available or not hashlib.new(name).digest_size:
                return BADARG  # unknown, or of no length of its own, like shake_128
            self.algorithm = name
            self.new_hash = hash_of(name)
        return self.algorithm.encode()

    def _choose_spread(self, name: str) -> bytes | int:
        if name:
            if name not in SPREADS:
                return BADARG
            self.spread = name
        return self.spread.encode()

    def stop(self) -> None:
        """The port is closed. A job cannot be withdrawn, but it can see that nobody waits for it."""
        self.closed = True


def hash_of(algorithm: str) -> Hash:
    """Return what makes a hash object: hashlib's own function where there is one, as it is the fastest."""
    function: Hash = getattr(hashlib, algorithm, None) or partial(hashlib.new, algorithm)
    return function


# --- on an async thread: no lock is held, only the job is ours ---


def digest(job: Job) -> None:
    """Do a job (``async_invoke``)."""
    try:
        job.answer = _digest(job)
    except OSError as error:
        job.answer = b"\x01" + erl_errno_id(error.errno or 0).encode()
    except ValueError:  # a zero byte in the path
        job.answer = b"\x01einval"


def _digest(job: Job) -> bytes:
    if job.owner.closed:
        return b""
    # Not to wait for a writer, should the path be that of a pipe.
    fd = os.open(job.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL, "not a regular file")
        return _read(fd, status.st_size, job)
    finally:
        os.close(fd)


def _read(fd: int, expected: int, job: Job) -> bytes:
    """Hash what *fd* holds. Reading and hashing both release the interpreter lock.

    A file of the *expected* size needs no second read to find its end; kernel files often claim to have 0 bytes.
    """
    spare = job.owner.spare_buffers
    try:
        buffer = spare.pop()
    except IndexError:
        buffer = bytearray(CHUNK)
    with memoryview(buffer) as view:
        size = length = os.readv(fd, (view,))
        hash_object = job.new_hash(view[:length])
        while length and size != expected and not job.owner.closed:
            length = os.readv(fd, (view,))
            hash_object.update(view[:length])
            size += length
    spare.append(buffer)
    result: bytes = b"\x00" + size.to_bytes(8) + hash_object.digest()
    return result


def discard(job: Job) -> None:
    """Forget the result of a job whose port is gone (``async_free``). In C the record would be freed here."""
    job.answer = b""


@hookimpl
def driver_init() -> DriverEntry:
    """Announce the driver."""
    return DigestDriver.entry()
