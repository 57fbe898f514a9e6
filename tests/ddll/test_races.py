"""The loader while ports are being killed: the driver list is free meanwhile, and others go on."""

from __future__ import annotations

from erts_emu import Atom, Emulator
from erts_emu.driver import Driver
from erts_emu.ethread import NANOSECONDS_PER_MILLISECOND

KILL_PORTS = (Atom("driver_options"), [Atom("kill_ports")])


def test_a_driver_that_goes_while_a_death_kills_ports_of_another_one_is_left_alone():
    class Slow(Driver):
        driver_name = "slow"

        def stop(self):
            emu.layer.sleep(10 * NANOSECONDS_PER_MILLISECOND)

    class Other(Driver):
        driver_name = "other"

    async def owner(process):
        process.erl_ddll.try_load(Slow, "slow", [KILL_PORTS])
        await process.open_port(("spawn_driver", "slow"))
        await process.sleep(0.002)  # and ends; the newest driver is looked at first

    async def bystander(process):
        process.erl_ddll.try_load(Other, "other")
        handles.append(emu.ddll.find("other").handle)
        await process.sleep(0.005)
        assert emu.ddll.find("slow").handle.status.name == "FORCE_UNLOAD"
        process.erl_ddll.try_unload("other")
        await process.sleep(0.002)
        assert emu.ddll.loaded_drivers() == ["slow"]

    handles = []
    with Emulator(threads="simulated", schedulers=2, work_stealing=False) as emu, emu.attach() as me:
        other = emu.spawn(bystander, scheduler=2)
        me.sleep(0.001)
        emu.spawn(owner, scheduler=1)
        me.sleep(0.1)
        other.outcome()
        assert emu.ddll.loaded_drivers() == []
        assert handles[0].refc == 0
