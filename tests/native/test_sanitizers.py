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
with Emulator() as emu:
    me = emu.attach()
    me.erl_ddll.load_driver(sys.argv[1], "sanitized_drv")
    print(me.port_control(me.open_port(("spawn_driver", "sanitized_drv"), []), int(sys.argv[2]), b""))
"""


@pytest.fixture
def libasan():
    asked = subprocess.run(
        [*BUILD.find_compiler(), "-print-file-name=libasan.so"], capture_output=True, text=True, check=False
    ).stdout.strip()
    need(None if os.path.isabs(asked) else "libasan is not installed")
    return asked


def test_address_sanitizer_finds_a_drivers_use_after_free(driver, libasan):
    folder = driver("sanitized_drv", "-fsanitize=address", "-fno-omit-frame-pointer", "-w")
    environment = {
        **os.environ, "LD_PRELOAD": libasan, "PYTHONMALLOC": "malloc", "ASAN_OPTIONS": "detect_leaks=0",
    }  # fmt: skip

    def run(command):
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, folder, command], env=environment, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    good = run("2")
    assert (good.returncode, good.stdout) == (0, "[120]\n"), good.stderr
    bad = run("1")
    assert bad.returncode != 0
    assert "heap-use-after-free" in bad.stderr
    assert "sanitized_drv.c" in bad.stderr
