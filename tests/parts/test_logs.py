"""The log as it is without configuration: on standard error, short, and about the driver."""

import subprocess
import sys

CRASH = """
from contextlib import suppress
from erts_emu import Emulator
from erts_emu.driver import Driver
from erts_emu.driver.errors import DriverCallbackError

class Bad(Driver):
    driver_name = "bad_drv"

    def output(self, buf):
        secret = "of no interest"
        raise ValueError("not today")

with suppress(DriverCallbackError), Emulator(threads="simulated") as emu, emu.attach(trap_exit=True) as me:
    me.erl_ddll.load(Bad, "bad_drv")
    me.port_command(me.open_port(("spawn_driver", "bad_drv")), b"x")
    me.receive()
"""


def test_a_raised_exception_is_shown_from_the_drivers_own_frame_on_without_locals():
    done = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == ""
    event, *trace = done.stderr.rstrip().splitlines()
    assert "driver_raised" in event
    assert "driver=bad_drv" in event
    assert "callback=output" in event
    assert trace[0] == "Traceback (most recent call last):"
    assert [line.split(", in ")[1] for line in trace if line.startswith("  File")] == ["output"]
    assert trace[-1] == "ValueError: not today"
    assert "of no interest" not in done.stderr
    assert "\x1b" not in done.stderr, "no colours where no terminal is"
