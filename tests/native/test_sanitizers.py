"""The recipe for AddressSanitizer in the documentation works."""

import os
import subprocess
import sys

import pytest

from .building import BUILD
from .conftest import need

PROGRAM = """
import sys
from erts_emu import Emulator
with Emulator(threads=sys.argv[3]) as emu:
    me = emu.attach()
    me.erl_ddll.load_driver(sys.argv[1], "sanitized_drv")
    print(me.port_control(me.open_port(("spawn_driver", "sanitized_drv"), []), int(sys.argv[2]), b""))
"""
THREADS = """
import sys
from erts_emu import Emulator
from erts_emu.ethread import SeededRandom
for options in ({"threads": "simulated", "strategy": SeededRandom(3)}, {"isolate": True}):
    with Emulator(async_threads=2, **options) as emu:
        me = emu.attach()
        me.erl_ddll.load_driver(sys.argv[1], "threads_drv")
        port = me.open_port(("spawn_driver", "threads_drv"), [])
        for kind in "jd":
            me.port_control(port, ord(kind), b"")
        print(sorted(me.receive() for _ in range(202))[1:] == list(range(1, 202)))
"""


@pytest.fixture
def libasan():
    asked = subprocess.run(
        [*BUILD.find_compiler(), "-print-file-name=libasan.so"], capture_output=True, text=True, check=False
    ).stdout.strip()
    need(None if os.path.isabs(asked) else "libasan is not installed")
    return asked


OPTIONS = ("-fsanitize=address", "-fno-omit-frame-pointer", "-w")


def run(libasan, program, *arguments):
    environment = {
        **os.environ, "LD_PRELOAD": libasan, "PYTHONMALLOC": "malloc", "ASAN_OPTIONS": "detect_leaks=0",
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("threads", ["real", "simulated"])
def test_address_sanitizer_finds_a_drivers_use_after_free(driver, libasan, threads):
    folder = driver("sanitized_drv", *OPTIONS)
    good = run(libasan, PROGRAM, folder, "2", threads)
    assert (good.returncode, good.stdout) == (0, "[120]\n"), good.stderr
    bad = run(libasan, PROGRAM, folder, "1", threads)
    assert bad.returncode != 0
    assert "heap-use-after-free" in bad.stderr
    assert "sanitized_drv.c" in bad.stderr


def test_address_sanitizer_has_nothing_to_say_of_threads_that_take_turns_or_are_isolated(driver, libasan):
    good = run(libasan, THREADS, driver("threads_drv", "-lpthread", *OPTIONS))
    assert (good.returncode, good.stdout, good.stderr) == (0, "True\nTrue\n", "")
