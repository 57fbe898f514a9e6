"""12. From a Python driver to a C driver: the program of the lesson; README.md explains it."""

import subprocess
import tempfile
from pathlib import Path

from erts_emu import Emulator
from erts_emu.native.build import HEADERS


def talk(folder: str) -> None:
    with Emulator(threads="simulated", async_threads=4) as emu, emu.attach() as me:
        me.erl_ddll.load_driver(folder, "shout_drv")
        port = me.open_port(("spawn_driver", "shout_drv"), ["binary"])
        for word in (b"one", b"two", b"three"):
            me.port_command(port, word)
        print([me.receive()[1][1] for _ in range(3)])


talk(".")

with tempfile.TemporaryDirectory() as build:
    compiler = ["cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-I", str(HEADERS)]
    subprocess.run([*compiler, "-o", f"{build}/shout_drv.so", "shout_drv.c"], check=True)
    print([path.name for path in Path(build).iterdir()])
    talk(build)
