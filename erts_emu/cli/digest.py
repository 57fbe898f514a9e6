"""``erts-emu demo digest``: the emulator's main job on real files.

One process owns many ports of ``digest_drv`` and keeps a few requests on each of them under way; a port gets its
next file when it has answered, so that an async thread with long files gets fewer. A second process wakes up
ten times a second, to show progress and to notice Ctrl-C.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import stat
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from types import FrameType
from typing import Any, BinaryIO, Final

from erts_emu import Emulator, EmulatorStatistics, bundled_drivers
from erts_emu.cli import INTERRUPTED
from erts_emu.cli.checksums import checksum_line
from erts_emu.cli.files import printable, regular_files
from erts_emu.cli.flags import MAX_ASYNC_THREADS, EmulatorFlags
from erts_emu.cli.progress import Progress
from erts_emu.terms import Atom, Pid, PortId

DEFAULT_THREADS: Final = 4
IN_FLIGHT: Final = 512
"""Requests under way at a time, on all ports together, if that is at least two a port: one to run and one to wait."""
WATCH_INTERVAL: Final = 0.1

_ALGORITHM: Final = 1
_STOP: Final = Atom("stop")


class Refused(Exception):
    """The command cannot do what it was asked to; the message says why."""


def demo_digest(flags: EmulatorFlags, options: argparse.Namespace) -> int:
    """Run the command; return its exit status: 1 if a file could not be read, or the command was refused."""
    try:
        return _digest(flags, options)
    except Refused as refusal:
        print(f"erts-emu: {refusal}", file=sys.stderr)
        return 1


def _digest(flags: EmulatorFlags, options: argparse.Namespace) -> int:
    threads = _threads(flags, options.threads)
    _check_ports(options.ports, flags.max_ports)
    _check_algorithm(options.algorithm)
    folder = os.fsencode(sysconfig.get_path("stdlib") if options.folder is None else options.folder)
    _check_folder(folder)
    with _opened(options.output) as output:
        began = time.perf_counter()
        work = Work(folder, options.algorithm, options.ports, options.output)
        with (
            Emulator(**{**flags.emulator_options(), "async_threads": threads}) as emu,
            Progress(work.title(threads), len(work.files)) as progress,
            _interruptible(work),
        ):
            emu.run(work.run, progress)
            progress.show(work.answered)
            statistics = emu.statistics()
        work.report(time.perf_counter() - began, statistics)
        if work.stopped:
            return INTERRUPTED
        if output is not None:
            work.write(output)
    return 1 if work.unreadable else 0


# --- the arguments ---


def _threads(flags: EmulatorFlags, threads: int | None) -> int:
    if threads is None:
        return flags.async_threads if "A" in flags.given else DEFAULT_THREADS
    if not 1 <= threads <= MAX_ASYNC_THREADS:
        raise Refused(f"--threads must be between 1 and {MAX_ASYNC_THREADS}, not {threads}")
    return threads


def _check_ports(ports: int, limit: int) -> None:
    most = limit - 3  # the system has three of its own
    if not 1 <= ports <= most:
        raise Refused(f"--ports must be between 1 and {most} (see +Q), not {ports}")


def _check_algorithm(name: str) -> None:
    if name not in hashlib.algorithms_available or not hashlib.new(name).digest_size:
        known = sorted(each for each in hashlib.algorithms_guaranteed if hashlib.new(each).digest_size)
        raise Refused(f"there is no algorithm {name!r} with a digest of its own size; try one of {', '.join(known)}")


def _check_folder(folder: bytes) -> None:
    try:
        os.stat(folder)
    except (OSError, ValueError) as error:
        raise Refused(f"cannot read {printable(folder)}: {getattr(error, 'strerror', error)}") from error


@contextmanager
def _opened(path: str | None) -> Iterator[BinaryIO | None]:
    """Open the output before the work begins: not to find out at its end that it cannot be written."""
    if path is None:
        yield None
        return
    try:
        output = open(path, "ab")  # noqa: SIM115 -- closed below; only opening may raise Refused
    except OSError as error:
        raise Refused(f"cannot write {path!r}: {error.strerror}") from error
    with output:
        yield output


@contextmanager
def _interruptible(work: Work) -> Iterator[None]:
    """Let the first Ctrl-C end the work in good order; a second one ends the program as usual.

    The signal may come in the middle of a scheduler's turn, on this very thread: all that its handler may do is to
    leave a note.
    """

    def note(number: int, frame: FrameType | None) -> None:
        work.interrupted = True
        signal.signal(signal.SIGINT, old)

    old = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)


# --- the work ---


class Work:
    """The files and what has become of them. Written by the process ``run`` only, except ``interrupted``."""

    def __init__(self, folder: bytes, algorithm: str, ports: int, output: str | None) -> None:
        self.folder = folder
        self.algorithm = algorithm
        self.ports = ports
        self.unreadable: list[tuple[bytes, str]] = []
        self.digests: dict[bytes, bytes] = {}
        self.answered = 0
        self.digested = 0
        self.bytes = 0
        self.interrupted = False
        self.stopped = False
        self.files = [path for path in regular_files(folder, self.cannot_read) if not _is_same(path, output)]
        self._keep = output is not None
        self._requests: dict[PortId, list[bytes]] = {}

    def cannot_read(self, path: bytes, error: str) -> None:
        """Note a file or folder that cannot be read."""
        self.unreadable.append((path, error))

    def title(self, threads: int) -> str:
        """Say what is going to be done."""
        what = f"{len(self.files):,} files below {printable(self.folder)}"
        return f"{what}: {self.algorithm}, {threads} async threads, {self.ports} ports"

    async def run(self, process: Any, progress: Progress) -> None:
        """Be the process that owns the ports."""
        await process.spawn(self.watch, process.pid, progress)
        await process.erl_ddll.load_driver(bundled_drivers(), "digest_drv")
        for _ in range(self.ports):
            port = await process.open_port(("spawn_driver", "digest_drv"), ["binary"])
            await process.port_control(port, _ALGORITHM, self.algorithm.encode())
            self._requests[port] = []
        await self._digest(process)
        for port in self._requests:
            await process.port_close(port)

    async def _digest(self, process: Any) -> None:
        requests = self._requests
        command, receive = process.port_command, process.receive
        files = iter(self.files)
        ports = cycle(requests)
        for _, port, path in zip(range(max(IN_FLIGHT, 2 * self.ports)), ports, files, strict=False):
            requests[port].append(path)
            await command(port, path)
        while self.answered < len(self.files):
            message = await receive()
            if message is _STOP:
                self.stopped = True
                return
            port, (_, answer) = message
            sent = requests[port]
            self._take(sent[int.from_bytes(answer[:4]) - 1], answer)
            following = next(files, None)
            if following is not None:
                sent.append(following)
                await command(port, following)

    def _take(self, path: bytes, answer: bytes) -> None:
        """Note an answer, ``<<Request:32, 0, Size:64, Digest/binary>>`` or ``<<Request:32, 1, Error/binary>>``."""
        self.answered += 1
        if answer[4]:
            self.cannot_read(path, answer[5:].decode())
            return
        self.digested += 1
        self.bytes += int.from_bytes(answer[5:13])
        if self._keep:
            self.digests[path] = answer[13:]

    async def watch(self, process: Any, worker: Pid, progress: Progress) -> None:
        """Be the process that looks around now and then."""
        while not self.interrupted:
            progress.show(self.answered)
            await process.sleep(WATCH_INTERVAL)
        await process.send(worker, _STOP)

    # --- the results ---

    def write(self, output: BinaryIO) -> None:
        """Write the digests in the order of the files."""
        if stat.S_ISREG(os.fstat(output.fileno()).st_mode):
            output.truncate(0)
        output.writelines(checksum_line(path, self.digests[path]) for path in self.files if path in self.digests)

    def report(self, seconds: float, statistics: EmulatorStatistics) -> None:
        """Print what was done, and what the pool did."""
        if self.stopped:
            _line("interrupted", f"{len(self.files) - self.answered:,} files are left; no output is written")
        _line("digests", f"{self.digested:,} ({self.algorithm})")
        _line("bytes", f"{self.bytes:,}")
        _line("seconds", f"{seconds:.2f}")
        _line("bytes/s", f"{self.bytes / seconds:,.0f}")
        for thread in statistics.async_pool.threads:
            _line(thread.name, f"{thread.jobs:,} jobs, longest queue {thread.longest_queue}")
        batches = sum(scheduler.ready_batches for scheduler in statistics.schedulers)
        jobs = sum(scheduler.ready_jobs for scheduler in statistics.schedulers)
        _line("ready", f"{batches:,} batches, {jobs / max(1, batches):.1f} jobs per batch")
        if self.unreadable:
            _line("unreadable", f"{len(self.unreadable):,}")
            for path, error in self.unreadable:
                _line("", f"{error}  {printable(path)}")


def _line(name: str, value: str) -> None:
    print(f"{name:<12} {value}")


def _is_same(path: bytes, output: str | None) -> bool:
    """Say whether *path* is the output, which will not be the same file any more once it is written."""
    if output is None or os.path.basename(path) != os.path.basename(os.fsencode(output)):
        return False
    return os.path.samefile(path, output)
