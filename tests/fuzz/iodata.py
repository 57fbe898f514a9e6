"""What ports take as data, by us and by the real ``erl``: both give ``output``, ``outputv`` and ``control`` the same.

Each input is a term, iodata or nearly so. The answer is its size as ``output`` got it, the sizes of the vector's
elements, and its size in ``control``; or ``badarg``.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import structlog

from erts_emu import Emulator
from erts_emu.driver import Driver, driver_output
from erts_emu.errors import Badarg
from erts_emu.terms import Atom, bitstring, list_with_tail, term_to_binary

from .generate import Chance

SOURCE = Path(__file__).with_name("sizes.c")
ERL = shutil.which("erl")
INCLUDE = Path(ERL).resolve().parents[1] / "usr" / "include" if ERL else Path()
AVAILABLE = (INCLUDE / "erl_driver.h").exists() and shutil.which("gcc") is not None
BADARG = "badarg"
PROGRAM = """
logger:remove_handler(default),
[ok = erl_ddll:load("%(folder)s", Name) || Name <- ["flat_drv", "vector_drv"]],
Flat = open_port({spawn_driver, "flat_drv"}, []),
Vector = open_port({spawn_driver, "vector_drv"}, []),
Command = fun(Port, Data) ->
              try port_command(Port, Data) of true -> receive {Port, {data, Answer}} -> Answer end
              catch error:badarg -> "badarg" end
          end,
Control = fun(Data) -> try port_control(Flat, 1, Data) catch error:badarg -> "badarg" end end,
{ok, In} = file:read_file("%(folder)s/in"),
Loop = fun Loop(<<Size:32, Bytes:Size/binary, Rest/binary>>, Answers) ->
               Data = binary_to_term(Bytes),
               Answer = [Command(Flat, Data), "|", Command(Vector, Data), "|", Control(Data), "\\n"],
               Loop(Rest, [Answer | Answers]);
           Loop(<<>>, Answers) -> lists:reverse(Answers)
       end,
ok = file:write_file("%(folder)s/out", Loop(In, [])),
halt().
"""


def data_like(chance: Chance, depth: int = 3) -> Any:
    """Iodata or nearly: with bytes of the sizes at which vectors change their shape, loose bits, improper lists."""
    roll = chance.random()
    if not depth or roll < 0.45:
        return chance.one(
            chance.bytes_,
            lambda: chance.randrange(-1, 258) if chance.random() < 0.1 else chance.randrange(256),
            lambda: bitstring(chance.bytes_(4) + b"\xff", chance.randrange(1, 9)) if chance.random() < 0.3 else b"",
            lambda: chance.choice((Atom("a"), 1.5, ())) if chance.random() < 0.1 else b"x",
            lambda: chance.randbytes(chance.choice((63, 64, 65, 255, 256, 257))),
        )
    parts = [data_like(chance, depth - 1) for _ in range(chance.randrange(7))]
    return parts if roll < 0.9 else list_with_tail(parts or [b""], data_like(chance, depth - 1))


def compile_drivers(folder: Path) -> None:
    """Compile the two drivers."""
    for name, option in (("flat_drv", "-DFLAT"), ("vector_drv", "-DVECTORS")):
        command = ["gcc", "-w", "-shared", "-fPIC", f"-I{INCLUDE}", option, f'-DNAME="{name}"']
        subprocess.run([*command, "-o", folder / f"{name}.so", SOURCE], check=True)


def ask_erl(inputs: list[Any], folder: Path) -> list[str]:
    """What ``erl`` answers, in *folder*, where the drivers are."""
    encoded = map(term_to_binary, inputs)
    (folder / "in").write_bytes(b"".join(struct.pack(">L", len(each)) + each for each in encoded))
    subprocess.run(["erl", "-noshell", "-eval", PROGRAM % {"folder": folder}], check=True, timeout=300)
    return (folder / "out").read_text().splitlines()


class Flat(Driver):
    """The emulator's ``flat_drv``."""

    driver_name = "flat_drv"

    def output(self, buf: bytes) -> None:
        driver_output(self.port, b"%d" % len(buf))

    def control(self, command: int, buf: bytes) -> bytes:
        return b"%d" % len(buf)


class Vector(Driver):
    """The emulator's ``vector_drv``."""

    driver_name = "vector_drv"

    def outputv(self, ev: Any) -> None:
        sizes = (
            f"{len(block)}{'b' if binary is not None else ''} " for block, binary in zip(ev.iov, ev.binv, strict=True)
        )
        driver_output(self.port, "".join(sizes).encode())


def ask_emulator(inputs: list[Any]) -> list[str]:
    """What the emulator answers."""
    with structlog.testing.capture_logs(), Emulator(threads="simulated") as emu, emu.attach() as me:
        ports = []
        for driver in (Flat, Vector):
            me.erl_ddll.load(driver, driver.driver_name)
            ports.append(me.open_port(("spawn_driver", driver.driver_name), ["binary"]))

        def command(port: Any, data: Any) -> str:
            try:
                me.port_command(port, data)
            except Badarg:
                return BADARG
            return str(me.receive()[1][1].decode())

        def control(data: Any) -> str:
            try:
                return bytes(me.port_control(ports[0], 1, data)).decode()
            except Badarg:
                return BADARG

        return [f"{command(ports[0], data)}|{command(ports[1], data)}|{control(data)}" for data in inputs]


def differences(seed: int, count: int, folder: Path) -> list[tuple[Any, str, str]]:
    """Return the input, erl's answer and ours where they differ."""
    chance = Chance(f"iodata {seed}")
    inputs = [data_like(chance) for _ in range(count)]
    compile_drivers(folder)
    answers = zip(inputs, ask_erl(inputs, folder), ask_emulator(inputs), strict=True)
    return [(data, erl, ours) for data, erl, ours in answers if erl != ours]
