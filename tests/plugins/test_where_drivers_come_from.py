"""A driver may come from a folder, from an installed package's entry point, or be given as an object."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from erts_emu import ENTRY_POINTS, Atom, Emulator, bundled_drivers
from erts_emu.attached_process import AttachedProcess
from erts_emu.driver import Driver, DriverEntry, driver_output
from erts_emu.errors import DriverLoadError

PLUGIN = """
from erts_emu.driver import Driver, driver_output, hookimpl


class Greeter(Driver):
    driver_name = "greeter_drv"

    def output(self, buf):
        driver_output(self.port, b"{greeting} " + buf)


@hookimpl
def driver_init():
    return Greeter.entry()
"""


@pytest.fixture
def me() -> Iterator[AttachedProcess]:
    with Emulator(threads="simulated") as emu, emu.attach() as attached:
        yield attached


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package as pip leaves it: a module, and metadata that announce two drivers."""
    (tmp_path / "greeters.py").write_text(PLUGIN.format(greeting="hello"), encoding="utf-8")
    metadata = tmp_path / "greeters-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: greeters\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(
        "[erts_emu.drivers]\ngreeter_drv = greeters\nbroken_drv = greeters_missing\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def greet(me: AttachedProcess) -> bytes:
    port = me.open_port(("spawn_driver", "greeter_drv"), ["binary"])
    me.port_command(port, b"world")
    greeting: bytes = me.receive()[1][1]
    me.port_close(port)
    return greeting


def test_from_a_folder(me: AttachedProcess, tmp_path: Path) -> None:
    (tmp_path / "greeter_drv.py").write_text(PLUGIN.format(greeting="hi"), encoding="utf-8")
    me.erl_ddll.load_driver(tmp_path, "greeter_drv")
    assert greet(me) == b"hi world"


def test_from_a_folder_anew_after_a_reload(me: AttachedProcess, tmp_path: Path) -> None:
    file = tmp_path / "greeter_drv.py"
    file.write_text(PLUGIN.format(greeting="hi"), encoding="utf-8")
    me.erl_ddll.load_driver(tmp_path, "greeter_drv")
    file.write_text(PLUGIN.format(greeting="yo"), encoding="utf-8")
    me.erl_ddll.reload_driver(tmp_path, "greeter_drv")
    assert greet(me) == b"yo world"


def test_from_an_entry_point(me: AttachedProcess, installed: Path) -> None:
    me.erl_ddll.load_driver(ENTRY_POINTS, "greeter_drv")
    assert greet(me) == b"hello world"
    sys.modules.pop("greeters", None)


def test_an_entry_point_that_cannot_be_imported_is_named(me: AttachedProcess, installed: Path) -> None:
    with pytest.raises(DriverLoadError, match=r"broken_drv = greeters_missing: importing it raised ModuleNotFound"):
        me.erl_ddll.load_driver(ENTRY_POINTS, "broken_drv")


def test_an_unknown_entry_point_lists_the_known_ones(me: AttachedProcess, installed: Path) -> None:
    with pytest.raises(DriverLoadError, match=r"no installed package announces a driver 'other_drv'.*greeter_drv"):
        me.erl_ddll.load_driver(ENTRY_POINTS, "other_drv")


def test_as_a_class(me: AttachedProcess) -> None:
    class Greeter(Driver):
        driver_name = "greeter_drv"

        def output(self, buf: bytes) -> None:
            driver_output(self.port, b"dear " + buf)

    me.erl_ddll.load_driver(Greeter, "greeter_drv")
    assert greet(me) == b"dear world"


def test_as_an_entry(me: AttachedProcess) -> None:
    ports = []
    entry = DriverEntry(
        driver_name="greeter_drv",
        start=lambda port, command: ports.append(port) or port,
        output=lambda port, buf: driver_output(port, b"ahoy " + buf),
    )
    me.erl_ddll.load_driver(entry, "greeter_drv")
    assert greet(me) == b"ahoy world"


def test_as_a_plugin_object(me: AttachedProcess) -> None:
    from erts_emu.driver import hookimpl

    class Plugin:
        @hookimpl
        def driver_init(self) -> DriverEntry:
            return DriverEntry(driver_name="greeter_drv")

    me.erl_ddll.load_driver(Plugin(), "greeter_drv")
    assert me.erl_ddll.loaded_drivers() == ["greeter_drv"]
    me.erl_ddll.unload_driver("greeter_drv")
    assert me.erl_ddll.loaded_drivers() == []


def test_the_bundled_drivers_all_load(me: AttachedProcess) -> None:
    names = sorted(file.stem for file in Path(bundled_drivers()).glob("*_drv.py"))
    assert {"echo_drv", "digest_drv", "timer_drv", "tcp_drv"} <= set(names)
    for name in names:
        me.erl_ddll.load_driver(bundled_drivers(), name)
    assert me.erl_ddll.loaded_drivers() == names
    assert me.erl_ddll.info(names[0], "port_count") == 0
    assert me.erl_ddll.info(names[0], "linked_in_driver") is Atom("false")
