"""What is fuzzed: each target feeds one input, and looks at what comes of it.

Whatever the input, the answer is a result or a typed error; anything else is raised, and is a finding. At its end a
target looks whether something is left: ports, references, messages, locks.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import structlog

from erts_emu import Emulator, bundled_drivers
from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    Driver,
    DriverMisuse,
    ErlDrvBinary,
    driver_mk_port,
    driver_output,
    driver_output_term,
    driver_send_term,
    erl_drv_output_term,
    erl_drv_send_term,
    set_port_control_flags,
)
from erts_emu.errors import ErlangError
from erts_emu.terms import Atom, BadExternal, Pid, PortId, binary_to_term, term_to_binary

from .generate import Chance

EXIT = Atom("EXIT")


class Target:
    """An emulator, a process, a driver that answers with whatever ``reply`` is."""

    name = ""
    share = 1.0
    """How many of a campaign's inputs, in proportion."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.stack = ExitStack()
        self.emu = self.stack.enter_context(Emulator(threads="simulated", strict=False, max_ports=1024))
        self.me = self.stack.enter_context(self.emu.attach(trap_exit=True))
        self.reply: Any = b""
        self.job: Any = None
        self.me.erl_ddll.load(self.driver_class(), "fuzz_drv")
        self.port = self.open()

    def driver_class(self) -> type[Driver]:
        """The driver under test."""
        target = self

        class FuzzDriver(Driver):
            driver_name = "fuzz_drv"
            driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

            def output(self, buf: bytes) -> None:
                driver_output(self.port, buf)

            def control(self, command: int, buf: bytes) -> Any:
                if target.job is not None:
                    target.job(self)
                    return b""
                set_port_control_flags(self.port, command & 1)
                return target.reply

            def call(self, command: int, buf: bytes) -> Any:
                return buf if target.reply == b"" else target.reply

        return FuzzDriver

    def open(self) -> PortId:
        return self.me.open_port(("spawn_driver", "fuzz_drv"), ["binary"])

    def alive(self) -> PortId:
        """The port; a new one if the driver has made it fail."""
        if self.emu.ports.lookup(self.port) is None:
            self.port = self.open()
        return self.port

    def inputs(self) -> Iterator[Any]:
        while True:
            yield self.input()

    def input(self) -> Any:
        """The next input."""
        raise NotImplementedError

    def feed(self, item: Any) -> None:
        """Try it. What it raises is a finding."""
        raise NotImplementedError

    def rest(self) -> None:
        """Now and then: nothing is left over."""
        self.me.flush()
        self.emu.driver_errors.clear()
        assert len(self.me.process.replies) == 0
        handle = self.emu.ddll.find("fuzz_drv").handle
        self.me.sleep(0.001)
        assert handle.refc == 1 + len(self.emu.ports), f"{handle} with {self.emu.ports}"
        assert not [lock for lock in self.emu.locks._observed if hasattr(lock, "locked") and lock.locked()]

    def close(self) -> None:
        """The end: everything goes, and nothing stays."""
        self.rest()
        handle = self.emu.ddll.find("fuzz_drv").handle
        for port in self.me.ports():
            self.me.exit_signal(port, "kill")
        self.me.erl_ddll.unload_driver("fuzz_drv")
        assert handle.refc == 0
        self.emu.driver_errors.clear()
        self.stack.close()


class TermSpecs(Target):
    """Specs of terms, as drivers send them."""

    name = "term specs"
    share = 3.0

    def input(self) -> Any:
        return self.chance.spec()

    def feed(self, item: list[Any]) -> None:
        chance = self.chance
        self.job = lambda driver: self._send(driver, item, chance.randrange(4), chance.choice((True, False)))
        self.me.port_control(self.alive(), 0, b"")
        self.job = None

    def _send(self, driver: Any, spec: list[Any], function: int, somebody: bool) -> None:
        me = self.me
        receiver = me.pid if somebody else Pid(9999, 0)
        try:
            sent = (
                lambda: driver_output_term(driver.port, spec),
                lambda: driver_send_term(driver.port, receiver, spec),
                lambda: erl_drv_output_term(driver_mk_port(driver.port), spec),
                lambda: erl_drv_send_term(driver_mk_port(driver.port), receiver, spec),
            )[function]()
        except DriverMisuse:
            return
        assert sent in (-1, 0, 1)
        if sent == 1:
            message = me.process.inq.pop()
            data = term_to_binary(message)
            assert term_to_binary(binary_to_term(data)) == data


class External(Target):
    """Bytes that are or are not in external format."""

    name = "external format"
    share = 3.0

    def input(self) -> bytes:
        return self.chance.external()

    def feed(self, item: bytes) -> None:
        try:
            term = binary_to_term(item)
        except BadExternal:
            return
        data = term_to_binary(term)
        assert term_to_binary(binary_to_term(data)) == data
        if len(item) < 1000 and self.chance.random() < 0.02:
            self.reply = item
            self.me.port_call(self.alive(), 0, term)
            self.reply = b""


class Options(Target):
    """Names and settings of open_port."""

    name = "open_port"
    share = 1.5

    def input(self) -> Any:
        return self.chance.port_name("fuzz_drv"), self.chance.settings()

    def feed(self, item: Any) -> None:
        name, settings = item
        try:
            port = self.me.open_port(name, settings)
        except ErlangError:
            return
        assert isinstance(port, PortId)
        try:
            self.me.port_command(port, b"a line\n", nosuspend=True)
        finally:
            self.me.port_close(port)


class Requests(Target):
    """Everything that Erlang code can ask a port for, with any arguments, and any reply of the driver."""

    name = "requests"
    share = 2.0

    def input(self) -> Any:
        chance = self.chance
        port = self.alive() if chance.random() < 0.9 else chance.anything()
        operation = chance.number() if chance.random() < 0.9 else chance.anything()
        reply = chance.one(
            lambda: b"", chance.bytes_, chance.external, lambda: None, lambda: -1,
            lambda: chance.choice((0, 5, "x", [])), lambda: ErlDrvBinary(chance.bytes_()),
            lambda: bytearray(b"reply"), lambda: memoryview(b"view"),
        )  # fmt: skip
        return chance.randrange(9), port, operation, chance.iodata(), reply

    def feed(self, item: Any) -> None:
        which, port, operation, data, self.reply = item
        me, chance = self.me, self.chance
        try:
            (
                lambda: me.port_control(port, operation, data),
                lambda: me.port_control(port, operation, data),
                lambda: me.port_call(port, operation, chance.term()),
                lambda: me.port_command(port, data),
                lambda: me.port_command(port, data, force=True),
                lambda: me.send(port, (me.pid, (Atom("command"), data))),
                lambda: me.send(port, chance.term()),
                lambda: me.port_info(port, chance.choice((None, "links", Atom("output"), chance.anything()))),
                lambda: me.port_connect(port, chance.choice((me.pid, chance.anything()))),
            )[which]()
        except ErlangError:
            return

    def rest(self) -> None:
        self.reply = b""
        super().rest()


class Names(Target):
    """Names and paths of drivers, and the loader's options."""

    name = "loader arguments"

    def input(self) -> Any:
        chance = self.chance
        name = chance.one(
            lambda: "fuzz_drv", chance.text, chance.anything, lambda: "x" * chance.choice((1, 255, 256, 5000)),
            lambda: "../" * 3 + "etc/passwd", lambda: [*b"fuzz_drv"], lambda: b"fuzz\0drv",
        )  # fmt: skip
        path = chance.one(
            lambda: "/there/is/nothing", chance.text, chance.anything, lambda: "", lambda: "/" * 5,
            lambda: [*b"/tmp"], lambda: b"/tmp", lambda: "/tmp/\0",
        )  # fmt: skip
        options = [
            chance.one(
                chance.anything, lambda: (Atom("monitor"), Atom("pending")), lambda: (Atom("reload"), Atom("pending")),
                lambda: (Atom("driver_options"), [chance.choice((Atom("kill_ports"), chance.anything()))]),
            )
            for _ in range(chance.randrange(3))
        ]  # fmt: skip
        return chance.randrange(6), path, name, options

    def feed(self, item: Any) -> None:
        which, path, name, options = item
        ddll = self.me.erl_ddll
        if name in ("fuzz_drv", [*b"fuzz_drv"]) and which != 4:
            return  # it would be unloaded
        if not isinstance(path, str | bytes | list | Atom | int | float | tuple):
            return  # a plugin object, in Python
        try:
            answer = (
                lambda: ddll.try_load(path, name, options),
                lambda: ddll.try_load(path, name, options),
                lambda: ddll.try_unload(name, options),
                lambda: ddll.info(name, self.chance.choice((None, "processes", "nonsense"))),
                lambda: ddll.monitor(name, self.chance.choice(("loaded", Atom("unloaded"), self.chance.anything()))),
                lambda: ddll.format_error(self.chance.choice((path, name, (Atom("open_error"), self.chance.number())))),
            )[which]()
        except ErlangError:
            return
        if which < 2:
            assert answer[0] is Atom("error"), answer
            assert isinstance(ddll.format_error(answer[1]), str)


class Plugins(Target):
    """Plugin files: the bundled drivers' sources with changes."""

    name = "plugin files"
    share = 0.1
    SOURCES = ("echo_drv", "timer_drv")

    def __init__(self, chance: Chance) -> None:
        super().__init__(chance)
        self.modules = _driver_modules()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        folder = Path(bundled_drivers())
        self.sources = {name: (folder / f"{name}.py").read_text(encoding="utf-8") for name in self.SOURCES}

    def input(self) -> Any:
        name = self.chance.choice(self.SOURCES)
        return name, self.chance.source(self.sources[name])

    def feed(self, item: Any) -> None:
        name, source = item
        (self.folder / f"{name}.py").write_text(source, encoding="utf-8")
        me = self.me
        answer = me.erl_ddll.try_load(str(self.folder), name)
        if answer[0] is Atom("error"):
            assert isinstance(me.erl_ddll.format_error(answer[1]), str)
            return
        try:
            port = me.open_port(("spawn_driver", name), ["binary"])
            me.port_command(port, b"data", nosuspend=True)
            me.port_control(port, 1, (1).to_bytes(4))
            me.port_control(port, 4, b"")
        except ErlangError:
            pass  # the driver is broken, or says no
        me.sleep(0.002)
        me.erl_ddll.try_unload(name, ["kill_ports"])
        me.sleep(0.001)
        assert name not in me.erl_ddll.loaded_drivers()
        leftover = _driver_modules() - self.modules
        assert not leftover, leftover


def _driver_modules() -> set[str]:
    """The modules of driver files that are loaded, of any emulator."""
    return {name for name in list(sys.modules) if name.startswith("_erts_emu_driver_")}


TARGETS = (TermSpecs, External, Options, Requests, Names, Plugins)


def run(kind: type[Target], seed: int, count: int) -> None:
    """Feed *count* inputs to a target. What is found is raised, with the seed and the input as notes."""
    chance = Chance(f"{kind.name} {seed}")
    with structlog.testing.capture_logs() as events:
        target = kind(chance)
        item = None
        try:
            for number, item in zip(range(1, count + 1), target.inputs(), strict=False):
                target.feed(item)
                if number % 200 == 0:
                    target.rest()
                    events.clear()
            target.close()
        except BaseException as error:
            error.add_note(f"target {kind.name!r}, seed {seed}, input {item!r}"[:2000])
            raise


def descriptors() -> int:
    """How many file descriptors are open."""
    return len(os.listdir("/proc/self/fd"))
