"""The environment (driver_api.md §2.18)."""

import os

import pytest
from helpers import everywhere, schedules

from erts_emu import Emulator
from erts_emu.driver import DriverMisuse, Pointer, driver_async, erl_drv_getenv, erl_drv_putenv

from .proof import Lab, proves

ALL_ONES = 2**64 - 1


def get(key, size, room=20):
    buf, pointer = bytearray(b"." * room), Pointer(size)
    return erl_drv_getenv(key, buf, pointer), bytes(buf), pointer.value


@proves("erl_drv_putenv", "erl_drv_getenv")
def test_what_is_put_is_got_with_a_zero_byte(me):
    def job(_):
        assert erl_drv_putenv("EMU_TEST", "xyz") == 0
        assert get("EMU_TEST", 20) == (0, b"xyz\0" + b"." * 16, 3)
        assert get("EMU_TEST", 4) == (0, b"xyz\0" + b"." * 16, 3)
        assert erl_drv_putenv(b"EMU_TEST", b"") == 0
        assert get(b"EMU_TEST", 9) == (0, b"\0" + b"." * 19, 0)
        assert erl_drv_putenv("", "v") == erl_drv_putenv("A=B", "ü") == 0  # any name will do
        assert get("", 9)[0] == 0
        assert get("A=B", 9) == (0, b"\xc3\xbc\0" + b"." * 17, 2)

    Lab(me).run(job)


@proves("S7", "erl_drv_getenv")
@pytest.mark.parametrize(
    ("key", "size", "result", "left"),
    [("EMU_TEST", 3, 1, 2), ("EMU_TEST", 0, 1, ALL_ONES), ("EMU_NONE", 10, -1, 9), ("EMU_NONE", 0, -1, ALL_ONES)],
)
def test_the_size_needed_is_never_told(me, key, size, result, left):
    def job(_):
        erl_drv_putenv("EMU_TEST", "bar")
        return get(key, size)

    assert Lab(me).run(job) == (result, b"." * 20, left)


@proves("erl_drv_getenv")
def test_a_buffer_smaller_than_its_size_says_is_an_error(me):
    def job(_):
        with pytest.raises(DriverMisuse, match="21 bytes in a buffer of 20"):
            get("EMU_TEST", 21)

    Lab(me).run(job)


@proves("erl_drv_putenv", "erl_drv_getenv")
def test_the_environment_is_a_copy_made_at_boot(monkeypatch):
    monkeypatch.setenv("EMU_BEFORE", "old")
    with Emulator(threads="simulated") as emu, emu.attach() as me:
        monkeypatch.setenv("EMU_BEFORE", "new")
        monkeypatch.setenv("EMU_AFTER", "new")

        def job(_):
            erl_drv_putenv("EMU_BEFORE", get("EMU_BEFORE", 20)[1][:3] + b"er")
            return get("EMU_BEFORE", 20)[1][:5], get("EMU_AFTER", 20)[0]

        assert Lab(me).run(job) == (b"older", -1)
        assert os.environ["EMU_BEFORE"] == "new"
        with Emulator(threads="simulated") as other:
            assert other.driver_world.environment.get("EMU_BEFORE") == "new"


@proves("erl_drv_putenv", "erl_drv_getenv")
@everywhere
def test_any_thread_may_use_it(run):
    def scenario(emu):
        done = []

        def invoke(number):
            erl_drv_putenv(f"EMU_{number}", str(number))

        with emu.attach() as me:
            lab = Lab(me, ready_async=lambda d, number: done.append(get(f"EMU_{number}", 20)[1][:1]))
            lab.run(lambda d: [driver_async(d.port, None, invoke, number, None) for number in range(4)])
            while len(done) < 4:
                me.sleep(0.001)
            assert sorted(done) == [b"0", b"1", b"2", b"3"]

    run(scenario, async_threads=2, **schedules(run, 50))
