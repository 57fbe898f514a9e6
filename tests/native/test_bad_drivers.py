"""What a compiled driver does wrong is an error that names it, where the real system crashes or goes on corrupted."""

import re

import pytest

from erts_emu import Emulator
from erts_emu.driver import DriverMisuse
from erts_emu.errors import Badarg

WRONGS = {
    1: "driver_output\\(\\) was called with <ErlDrvPort #Port<0.5>>, whose port is gone",
    2: "driver_output\\(\\) was called with the ErlDrvPort 0x123456, which is no port",
    3: "driver_free.*this block of 10 bytes, allocated in control, was freed before",
    4: "driver_free.*the bytes behind this block of 10, allocated in control of driver bad_drv, were written to",
    5: "driver_free_binary.*this driver binary, allocated in control, was freed before",
    6: "driver_free.*that is no block of driver_alloc",
    7: "control wrote or returned more than the 64 bytes of the reply buffer",
    8: "erl_drv_mutex_lock\\(\\) of mutex bad_mutex, which this thread has locked: OTP waits here for ever",
    9: "erl_drv_mutex_unlock\\(\\) of .*bad_mutex>?, which nobody has locked",
    10: "Fatal error in erl_drv_mutex_lock\\(\\): Invalid argument \\[22\\]: it was given NULL",
    11: "Fatal error in erl_drv_thread_exit\\(\\): Permission denied \\[13\\]",
    12: "Fatal error in erl_drv_tsd_get\\(\\): Invalid argument \\[22\\]: 4711 is no key",
    13: "driver_output_binary\\(\\) of 3 bytes from offset 3, which are outside the driver binary",
    14: "control set \\*rbuf to something that is no driver binary",
    16: "driver_system_info\\(.*, 8\\): there never was such a structure",
    17: "erl_drv_mutex_lock\\(.*\\): it was destroyed before",
    19: "driver_free.*this block of 1048576 bytes, allocated in control, was freed before",
    20: "driver_free_binary.*this block of 1048\\d+ bytes, allocated in control, was freed before",
    21: "driver_output_binary\\(\\) of 1 bytes from offset 0, which are outside the driver binary",
    23: "driver_free\\(0x10\\): that is no block of driver_alloc",
    24: "driver_free_binary\\(0x20\\): that is no driver binary",
    25: "erl_drv_mutex_lock\\(0x8\\): that is no such lock",
    26: "driver_pdl_inc_refc\\(0x8\\): that is no port data lock",
    27: "erl_drv_thread_join\\(0x8\\): that is no thread identifier",
    22: "erl_drv_thread_join\\(\\) of thread short, which was joined before",
}


def load(emu, folder, name):
    me = emu.attach(trap_exit=True)
    me.erl_ddll.load_driver(folder, name)
    return me


@pytest.mark.parametrize("threads", ["real", "simulated"])
def test_each_wrong_is_named_and_fails_the_port(driver, threads):
    folder = driver("bad_drv")
    with Emulator(threads=threads, strict=False) as emu:
        me = load(emu, folder, "bad_drv")
        me.port_close(me.open_port(("spawn_driver", "bad_drv"), []))
        me.receive()
        me.sleep(0.05)  # until the structure of the closed port is gone: its handle is stale then
        for wrong, said in WRONGS.items():
            if threads == "simulated" and wrong in (8, 17):
                continue  # there, the simulation itself says what is wrong with the lock
            port = me.open_port(("spawn_driver", "bad_drv"), [])
            with pytest.raises(Badarg, match=r"DriverMisuse|StalePortHandle"):
                me.port_control(port, wrong, b"abc")
            error = emu.driver_errors[-1]
            assert error.driver == "bad_drv"
            assert error.callback == "control"
            assert isinstance(error.__cause__, DriverMisuse)
            assert re.search(said, str(error)), error


def test_a_dead_port_answers_in_the_callback_in_which_it_died(driver):
    with Emulator() as emu:
        me = load(emu, driver("bad_drv"), "bad_drv")
        assert me.port_control(me.open_port(("spawn_driver", "bad_drv"), []), 15, b"abc") == []


def test_memory_that_a_driver_leaves_behind_is_told_by_callback(driver):
    with Emulator() as emu:
        me = load(emu, driver("bad_drv"), "bad_drv")
        port = me.open_port(("spawn_driver", "bad_drv"), [])
        library = emu.ddll.find("bad_drv").handle.library
        assert library.memory() == []
        me.port_control(port, 18, b"")
        assert [(callback, kind) for callback, kind, _ in library.memory()] == [
            ("control", "block"), ("control", "block"), ("control", "binary")
        ]  # fmt: skip
