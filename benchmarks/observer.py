"""What the observer costs: ``python -m benchmarks.observer``.

Blasts of 100,000 no-op jobs on one emulator, in turns without an observer and with one in a terminal of 80 by 24 (and,
with ``--browser``, with one in a headless Chromium). A no-op job costs a few microseconds, so that this is the worst
case: what the observer takes is taken from nothing else. Prints seconds, and processor time of the observed process,
which other programs on the machine disturb less. Exit status 1 if the observer takes more than a tenth of the time, or
follows less than five times a second.
"""

import argparse
import fcntl
import os
import pty
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, perf_counter, process_time, sleep
from typing import Literal

from attrs import frozen

from benchmarks.emulator import EmulatorMachine
from erts_emu import Emulator
from erts_emu.observe.observer.link import Server
from erts_emu.observe.observer.opening import Browser, start_face
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

Where = Literal["nowhere", "terminal", "browser"]


@frozen
class Turn:
    """One measurement: seconds for the blasts, on the clock and of processors; how often the observer has followed."""

    seconds: float
    processor: float
    updates: int
    painted: int

    @property
    def updates_per_second(self) -> float:
        return self.updates / self.seconds


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


@contextmanager
def observed(emulator: Emulator, where: Where) -> Iterator[tuple[Sampler, Terminal]]:
    """Have an observer watch the emulator; it has come to life when this begins."""
    sampler, terminal = Sampler(EmulatorSubject(emulator, "a blast of jobs")), Terminal()
    with Server(sampler) as server:
        if where == "browser":
            with _in_a_browser(server.folder, terminal):
                _wait(lambda: sampler.answered >= 10)
                yield sampler, terminal
        else:
            face = start_face(server.folder, (terminal.slave, terminal.slave, terminal.slave))
            try:
                _wait(lambda: sampler.answered >= 10)
                yield sampler, terminal
            finally:
                _end(face)
    sampler.subject.close()
    terminal.close()


@contextmanager
def _in_a_browser(folder: str, terminal: Terminal) -> Iterator[None]:
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("--browser needs chromium")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port: int = free.getsockname()[1]
    nowhere = subprocess.DEVNULL
    face = start_face(folder, (nowhere, nowhere, terminal.slave), Browser(port))
    with tempfile.TemporaryDirectory() as data:
        _wait(lambda: _answers(port))
        arguments = [program, *CHROMIUM, f"--user-data-dir={data}", f"http://localhost:{port}"]
        browser = subprocess.Popen(arguments, stdout=nowhere, stderr=nowhere)
        try:
            yield
        finally:
            _end(browser)
            _end(face)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), 1.0).close()
    except OSError:
        return False
    return True


def _wait(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not condition():
        if monotonic() > deadline:
            raise SystemExit("the observer has not come to life")
        sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def turn(machine: EmulatorMachine, blasts: int, where: Where) -> Turn:
    """Run the blasts, watched from somewhere."""
    if where == "nowhere":
        return Turn(*_seconds(machine, blasts), 0, 0)
    with observed(machine.emulator, where) as (sampler, terminal):
        answered, painted = sampler.answered, terminal.painted
        seconds, processor = _seconds(machine, blasts)
        return Turn(seconds, processor, sampler.answered - answered, terminal.painted - painted)


def _seconds(machine: EmulatorMachine, blasts: int) -> tuple[float, float]:
    began, used = perf_counter(), process_time()
    for _ in range(blasts):
        machine.window(BLAST, BLAST)
    return perf_counter() - began, process_time() - used


def measure(rounds: int, blasts: int, places: list[Where], threads: int) -> bool:
    """Measure in turns, print what comes out, and say whether the targets are met."""
    machine = EmulatorMachine(Emulator(async_threads=threads))
    turns: dict[Where, list[Turn]] = {place: [] for place in ("nowhere", *places)}
    _seconds(machine, 1)
    for number in range(1, rounds + 1):
        for place, found in turns.items():
            found.append(turn(machine, blasts, place))
            print(f"round {number}: {_described(place, found[-1], blasts)}", flush=True)
    machine.halt()
    judgements = [_judge(place, turns["nowhere"], turns[place]) for place in places]
    return all(judgements)


def _described(place: Where, result: Turn, blasts: int) -> str:
    cost, processor = (seconds / (blasts * BLAST) * 1e6 for seconds in (result.seconds, result.processor))
    watched = "" if place == "nowhere" else f", {result.updates_per_second:5.1f} updates/s"
    return f"{place:9} {cost:6.2f} us a job, {processor:6.2f} us of a processor{watched}"


def _judge(place: Where, without: list[Turn], watched: list[Turn]) -> bool:
    pairs = list(zip(without, watched, strict=True))
    slowdowns = [after.seconds / before.seconds - 1 for before, after in pairs]
    processor = statistics.median(after.processor / before.processor - 1 for before, after in pairs)
    slowdown = statistics.median(slowdowns)
    slowest = min(result.updates_per_second for result in watched)
    print(
        f"{place}: slower by {slowdown:.1%} (median of {len(slowdowns)} pairs, from {min(slowdowns):.1%} to "
        f"{max(slowdowns):.1%}; target {TARGET_SLOWDOWN:.0%}); {processor:+.1%} processor time\n"
        f"{place}: at least {slowest:.1f} updates/s (target {TARGET_UPDATES:.0f})"
    )
    return slowdown <= TARGET_SLOWDOWN and slowest >= TARGET_UPDATES


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.observer", description="What the observer costs.")
    parser.add_argument("--rounds", type=int, default=7, help="pairs of measurements (default 7)")
    parser.add_argument("--blasts", type=int, default=10, help="blasts of 100,000 jobs in each (default 10)")
    parser.add_argument("--threads", type=int, default=4, help="async threads (default 4)")
    parser.add_argument("--browser", action="store_true", help="in a headless Chromium, too")
    options = parser.parse_args(arguments)
    places: list[Where] = ["terminal", "browser"] if options.browser else ["terminal"]
    return 0 if measure(options.rounds, options.blasts, places, options.threads) else 1


if __name__ == "__main__":
    sys.exit(main())
