"""``erts-emu new NAME``: a driver with its tests, which pass as they are. In Python an installable plugin, or in C."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")

_PYPROJECT: Final = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "@NAME@"
version = "0.1.0"
description = "A linked-in driver for erts_emu"
requires-python = ">=3.11"
dependencies = ["erts_emu"]

[project.optional-dependencies]
test = ["pytest>=8"]

# erl_ddll:load with erts_emu.ENTRY_POINTS finds the driver by this name, wherever it is installed.
[project.entry-points."erts_emu.drivers"]
@NAME@ = "@NAME@"

[tool.hatch.build.targets.wheel]
include = ["@NAME@.py"]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
filterwarnings = ["error"]
"""

_DRIVER: Final = '''\
"""The driver @NAME@: turns text into upper case, on an async thread.

Protocol::

    port_command(Port, Text)     -> {Port, {data, UPPER}}, in the order of the commands
    port_control(Port, 1, [])    -> <<Commands:32>>
"""

from __future__ import annotations

from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    Driver,
    DriverEntry,
    Pointer,
    driver_async,
    driver_async_port_key,
    driver_output,
    hookimpl,
)

COUNT = 1  # an operation of port_control
BADARG = -1


class Job:
    """What one job owns: nobody else touches it while the job is on its way."""

    def __init__(self, text: bytes) -> None:
        self.text = text


class @CLASS@(Driver):
    """One port. Its callbacks run under the port's lock; jobs must not touch it."""

    driver_name = "@NAME@"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command: str) -> None:
        """A port is opened."""
        self.commands = 0
        self.key = Pointer(driver_async_port_key(self.port))  # all jobs of a port on one thread: in order

    def output(self, buf: bytes) -> None:
        """A command: queue a job."""
        self.commands += 1
        driver_async(self.port, self.key, upper, Job(buf), discard)

    def ready_async(self, job: Job) -> None:
        """A job is done: answer."""
        driver_output(self.port, job.text)

    def control(self, command: int, buf: bytes) -> bytes | int:
        """Answer at once."""
        return self.commands.to_bytes(4, "big") if command == COUNT else BADARG


def upper(job: Job) -> None:
    """Do the work (``async_invoke``): on an async thread, without any lock."""
    job.text = job.text.upper()


def discard(job: Job) -> None:
    """The port was closed before the job was done (``async_free``): in C, free what the job owns."""
    job.text = b""


@hookimpl
def driver_init() -> DriverEntry:
    """Announce the driver."""
    return @CLASS@.entry()
'''

_TESTS: Final = '''\
"""Tests of the driver @NAME@. The fixtures come with erts_emu; its checks run at the end of each test."""

from collections.abc import Callable

import pytest
from @NAME@ import COUNT, @CLASS@

from erts_emu.errors import Badarg
from erts_emu.testing import PortUnderTest

pytestmark = pytest.mark.erts(driver=@CLASS@, async_threads=2)


def test_text_comes_back_in_upper_case(port: PortUnderTest) -> None:
    port.command(b"hello")
    assert port.receive() == b"HELLO"


def test_answers_come_in_the_order_of_the_commands(port: PortUnderTest) -> None:
    for text in (b"one", b"two", b"three"):
        port.command(text)
    assert [port.receive() for _ in range(3)] == [b"ONE", b"TWO", b"THREE"]


def test_commands_are_counted(port: PortUnderTest) -> None:
    port.command(b"x")
    assert port.control(COUNT) == [0, 0, 0, 1]


def test_an_unknown_operation_is_badarg(port: PortUnderTest) -> None:
    with pytest.raises(Badarg):
        port.control(99)


@pytest.mark.interleavings(schedules=200)
def test_a_port_may_be_closed_at_any_time(open_port: Callable[..., PortUnderTest]) -> None:
    one, other = open_port(@CLASS@), open_port(@CLASS@)
    one.command(b"one")
    other.command(b"other")
    other.close()
    assert one.receive() == b"ONE"


def test_it_also_works_on_real_threads(real_emu: object, open_port: Callable[..., PortUnderTest]) -> None:
    port = open_port(@CLASS@)
    port.command(b"hello")
    assert port.receive() == b"HELLO"
'''

_README: Final = """\
# @NAME@

A linked-in driver for [erts_emu](https://pypi.org/project/erts-emu/).

    pip install -e '.[test]'
    pytest

`@NAME@.py` is the driver, `tests/test_@NAME@.py` its tests. Where the package is installed, the emulator finds the
driver by its name:

    from erts_emu import ENTRY_POINTS, Emulator

    with Emulator() as emu:
        me = emu.attach()
        me.erl_ddll.load(ENTRY_POINTS, "@NAME@")
        port = me.open_port(("spawn_driver", "@NAME@"), ["binary"])
        me.port_command(port, b"hello")
        print(me.receive())

If a test with the marker `interleavings` fails, the last line of its report replays the schedule:
`pytest --erts-replay=...`.
"""


_FILES: Final = {
    "pyproject.toml": _PYPROJECT,
    "@NAME@.py": _DRIVER,
    "tests/test_@NAME@.py": _TESTS,
    "README.md": _README,
}


def new(name: str, folder: str | None, *, compiled: bool = False) -> int:
    """Write the project *name* into *folder* (default: a new folder of that name). 1 if that is impossible."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        print(
            f"erts-emu new: {name!r} is no name for a driver: lower-case letters, digits and _, as in my_drv",
            file=sys.stderr,
        )
        return 1
    root = Path(name if folder is None else folder)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        print(f"erts-emu new: {root} exists, and is not an empty folder: give another with --folder", file=sys.stderr)
        return 1
    try:
        for path, text in _files(name, compiled=compiled).items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        print(f"erts-emu new: {error}", file=sys.stderr)
        return 1
    install = "pip install pytest" if compiled else "pip install -e '.[test]'"
    print(f"{root}: a driver with its tests. Next:\n    cd {root}\n    {install}\n    pytest")
    return 0


def _files(name: str, *, compiled: bool) -> dict[str, str]:
    """The files of the project, by their paths in it."""
    class_name = "".join(part.capitalize() for part in name.split("_") if part)
    texts = _FILES
    if compiled:
        from erts_emu.cli.new_c import FILES

        texts = FILES
    return {
        path.replace("@NAME@", name): text.replace("@NAME@", name).replace("@CLASS@", class_name)
        for path, text in texts.items()
    }
