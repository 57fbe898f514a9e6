"""What the observer costs: ``python -m benchmarks.observer``.

Blasts of 100,000 no-op jobs on one emulator, while an observer watches it in a terminal of 80 by 24 (and, with
``--browser``, in a headless Chromium), and while that observer is stopped: in turns, so that both see the same machine.
A no-op job costs a few microseconds, so that this is the worst case: what the observer takes is taken from nothing
else. Prints seconds, and processor time of the observed process, which other programs disturb less. Exit status 1 if
the observer takes more than a tenth of the time, or follows less than five times a second.
"""

import argparse
import fcntl
import os
import pty
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic, perf_counter, process_time, sleep
from typing import Literal

from attrs import frozen

from benchmarks.emulator import EmulatorMachine
from erts_emu import Emulator
from erts_emu.observe.observer.link import Server
from erts_emu.observe.observer.opening import FACE, face_environment
from erts_emu.observe.observer.sampling import Sampler
from erts_emu.observe.observer.subjects import EmulatorSubject

BLAST = 100_000
TARGET_SLOWDOWN = 0.10
TARGET_UPDATES = 5.0
PATIENCE = 60.0
CHROMIUM = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --remote-debugging-port=0 --window-size=900,600"
).split()

Where = Literal["terminal", "browser"]


@frozen
class Turn:
    """One measurement: seconds for the blasts, on the clock and of processors; how often the observer has followed."""

    seconds: float
    processor: float
    updates: int


class Terminal:
    """A pseudo terminal of 80 by 24, whose output is read and counted."""

    def __init__(self) -> None:
        self._master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.painted = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                self.painted += len(os.read(self._master, 1 << 16))
            except OSError:  # nobody has the other end any more
                return

    def close(self) -> None:
        os.close(self.slave)
        os.close(self._master)


class Watching:
    """An observer's processes, which can be stopped and let go on."""

    def __init__(self, sampler: Sampler, group: int) -> None:
        self.sampler = sampler
        self._group = group

    def stop(self) -> None:
        os.killpg(self._group, signal.SIGSTOP)
        sleep(0.02)

    def go_on(self) -> None:
        """Return once the observer follows again."""
        os.killpg(self._group, signal.SIGCONT)
        answered = self.sampler.answered
        wait(lambda: self.sampler.answered > answered + 1)


@contextmanager
def watching(emulator: Emulator, where: Where) -> Iterator[Watching]:
    """Have an observer watch the emulator; it has come to life when this begins."""
    sampler, terminal = Sampler(EmulatorSubject(emulator, "a blast of jobs")), Terminal()
    with Server(sampler) as server:
        port = free_port()
        arguments = [sys.executable, "-m", FACE, server.folder]
        if where == "browser":
            arguments += ["--serve", "localhost", str(port)]
        face = subprocess.Popen(
            arguments,
            env=face_environment(),
            start_new_session=True,
            stdin=terminal.slave,
            stdout=terminal.slave,
            stderr=terminal.slave,
        )
        try:
            with tempfile.TemporaryDirectory() as data:
                browser = open_browser(port, data) if where == "browser" else None
                try:
                    wait(lambda: sampler.answered >= 10)
                    yield Watching(sampler, face.pid)
                finally:
                    if browser is not None:
                        end(browser)
        finally:
            os.killpg(face.pid, signal.SIGCONT)
            end(face)
    sampler.subject.close()
    terminal.close()


def open_browser(port: int, data: str) -> "subprocess.Popen[bytes]":
    """Start a browser on the observer's page, as soon as that is served."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("--browser needs chromium")
    wait(lambda: answers(port))
    arguments = [program, *CHROMIUM, f"--user-data-dir={data}", f"http://localhost:{port}"]
    return subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port: int = free.getsockname()[1]
    return port


def answers(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), 1.0).close()
    except OSError:
        return False
    return True


def wait(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not condition():
        if monotonic() > deadline:
            raise SystemExit("the observer has not come to life")
        sleep(0.01)


def end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def turn(machine: EmulatorMachine, blasts: int, sampler: Sampler) -> Turn:
    """Run the blasts."""
    answered, began, used = sampler.answered, perf_counter(), process_time()
    for _ in range(blasts):
        machine.window(BLAST, BLAST)
    return Turn(perf_counter() - began, process_time() - used, sampler.answered - answered)


def measure(where: Where, rounds: int, blasts: int, threads: int) -> bool:
    """Measure in turns, which of the two comes first in turns as well; say whether the targets are met."""
    machine = EmulatorMachine(Emulator(async_threads=threads))
    alone: list[Turn] = []
    watched: list[Turn] = []
    with watching(machine.emulator, where) as observer:
        turn(machine, blasts, observer.sampler)
        for number in range(rounds):
            for with_observer in (number % 2 == 0, number % 2 == 1):
                if with_observer:
                    observer.go_on()
                else:
                    observer.stop()
                (watched if with_observer else alone).append(turn(machine, blasts, observer.sampler))
            print(f"{where} {number + 1:2}: {described(alone[-1], watched[-1], blasts)}", flush=True)
    machine.halt()
    return judge(where, alone, watched)


def described(alone: Turn, watched: Turn, blasts: int) -> str:
    jobs = blasts * BLAST / 1e6
    return (
        f"{alone.seconds / jobs:5.2f} us a job, {watched.seconds / jobs:5.2f} us watched; "
        f"processor time {alone.processor / jobs:5.2f}, {watched.processor / jobs:5.2f}; "
        f"{watched.updates / watched.seconds:4.1f} updates/s"
    )


def judge(where: Where, alone: Sequence[Turn], watched: Sequence[Turn]) -> bool:
    pairs = list(zip(alone, watched, strict=True))
    slowdowns = sorted(after.seconds / before.seconds - 1 for before, after in pairs)
    processor = statistics.median(after.processor / before.processor - 1 for before, after in pairs)
    slowdown = statistics.median(slowdowns)
    updates = sum(each.updates for each in watched) / sum(each.seconds for each in watched)
    quarter = len(slowdowns) // 4
    print(
        f"{where}: slower by {slowdown:.1%} (median of {len(slowdowns)} pairs, half of them between "
        f"{slowdowns[quarter]:.1%} and {slowdowns[-1 - quarter]:.1%}; target {TARGET_SLOWDOWN:.0%})\n"
        f"{where}: processor time of the observed process {processor:+.1%}\n"
        f"{where}: {updates:.1f} updates/s (target {TARGET_UPDATES:.0f})"
    )
    return slowdown <= TARGET_SLOWDOWN and updates >= TARGET_UPDATES


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.observer", description="What the observer costs.")
    parser.add_argument("--rounds", type=int, default=20, help="pairs of measurements (default 20)")
    parser.add_argument("--blasts", type=int, default=3, help="blasts of 100,000 jobs in each (default 3)")
    parser.add_argument("--threads", type=int, default=4, help="async threads (default 4)")
    parser.add_argument("--browser", action="store_true", help="in a headless Chromium, too")
    options = parser.parse_args(arguments)
    places: list[Where] = ["terminal", "browser"] if options.browser else ["terminal"]
    met = [measure(place, options.rounds, options.blasts, options.threads) for place in places]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
