"""What exercise 8 has to obey."""

from types import ModuleType
from typing import Any

from erts_emu.driver import Driver, driver_async, erl_drv_sleep
from erts_emu.testing import Workbench


class _Slow(Driver):
    driver_name = "slow_drv"

    def output(self, buf: bytes) -> None:
        driver_async(self.port, None, self.work, buf, None)

    @staticmethod
    def work(job: bytes) -> None:
        erl_drv_sleep(int(job))

    def ready_async(self, job: bytes) -> None:
        pass


def _with_a_job(bench: Workbench, milliseconds: int) -> Any:
    """Load the driver, and leave it with a job under way and no port."""
    bench.me.erl_ddll.load(_Slow, "slow_drv")
    port = bench.me.open_port(("spawn_driver", "slow_drv"))
    bench.me.port_command(port, b"%d" % milliseconds)
    bench.me.port_close(port)
    bench.me.flush()
    return bench.me


def it_waits_for_jobs(exercise: ModuleType) -> None:
    """It waits until the last job has ended, and no longer."""
    with Workbench(checks=False) as bench:
        me = _with_a_job(bench, 100)
        begun = bench.clock.now
        answer = exercise.unload(me, "slow_drv", 5.0)
        assert answer is True, f"the driver's job ends after 100 ms, and unload returned {answer}"
        assert "slow_drv" not in me.erl_ddll.loaded_drivers(), "unload returned True, and the driver is still loaded"
        taken = (bench.clock.now - begun) * 1000
        assert taken < 200, f"the job has taken 100 ms, and unload {taken:.0f} ms"


def its_patience_ends(exercise: ModuleType) -> None:
    """It waits no longer than it may."""
    with Workbench(checks=False) as bench:
        me = _with_a_job(bench, 3000)
        begun = bench.clock.now
        answer = exercise.unload(me, "slow_drv", 0.5)
        assert answer is False, f"the driver's job takes 3 s; after half a second unload returned {answer}"
        taken = bench.clock.now - begun
        assert taken < 1, f"it was to wait for half a second, and has waited for {taken:.1f} s"
        me.sleep(5.0)
        left = me.flush()
        assert not left, f"when the driver went later, this came into the mailbox: {left}"


def others_keep_the_driver(exercise: ModuleType) -> None:
    """It does not wait if somebody else uses the driver."""
    with Workbench(checks=False) as bench:

        async def user(self: Any) -> None:
            self.erl_ddll.try_load(_Slow, "slow_drv")
            await self.sleep(20.0)

        bench.me.erl_ddll.load(_Slow, "slow_drv")
        bench.emu.spawn(user)
        bench.me.sleep(0.01)
        begun = bench.clock.now
        answer = exercise.unload(bench.me, "slow_drv", 5.0)
        assert answer is False, f"another process uses the driver, and unload returned {answer}"
        assert bench.clock.now - begun < 1, "another process uses the driver, and unload has waited"


def the_mailbox_is_left_alone(exercise: ModuleType) -> None:
    """Other messages stay in the mailbox."""
    with Workbench(checks=False) as bench:
        me = _with_a_job(bench, 100)
        me.send(me.pid, "letter")
        exercise.unload(me, "slow_drv", 5.0)
        left = me.flush()
        assert left == ["letter"], f"there was one letter in the mailbox; afterwards there is {left}"
