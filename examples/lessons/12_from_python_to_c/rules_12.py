"""What exercise 12 has to obey."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from erts_emu.native.build import HEADERS
from erts_emu.testing import PortUnderTest, Workbench


@contextmanager
def _port(exercise: ModuleType, *, checks: bool) -> Iterator[tuple[Workbench, PortUnderTest]]:
    """Compile the exercise, load it, and open a port of it."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "words_drv.so")
        command = ["cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-I", str(HEADERS), "-o", str(library)]
        done = subprocess.run([*command, str(exercise.source)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"the compiler says:\n{done.stderr}"
        with Workbench(checks=checks, async_threads=2) as bench:
            yield bench, bench.driver(Path(folder), "words_drv").open()


def answers_are_right(exercise: ModuleType) -> None:
    """Each text is answered with the number of its words."""
    with _port(exercise, checks=False) as (bench, port):
        for text, answer in (
            (b"to be or not to be", b"6"),
            (b"", b"0"),
            (b"  one   two ", b"2"),
            (b"x " * 123, b"123"),
        ):
            port.command(text)
            bench.me.sleep(0.01)
            received = [message[1][1] for message in bench.me.flush() if message[0] == port.id]
            assert received == [answer], f"{text!r:.30} was answered with {received}, and not with {[answer]}"


def it_counts_in_a_job(exercise: ModuleType) -> None:
    """The words are counted in an async job."""
    with _port(exercise, checks=False) as (bench, port):
        port.command(b"to be")
        early = bench.me.flush()
        assert not early, f"{early[0]} was there before the job had run"


def memory_is_given_back(exercise: ModuleType) -> None:
    """All memory is given back."""
    with _port(exercise, checks=True) as (_bench, port):
        for _ in range(3):
            port.command(b"to be")
            port.receive()


def memory_of_late_jobs_is_given_back(exercise: ModuleType) -> None:
    """All memory is given back, although the port is closed while jobs are under way."""
    with _port(exercise, checks=True) as (bench, port):
        for _ in range(3):
            port.command(b"to be")
        port.close()
        bench.me.sleep(0.01)
