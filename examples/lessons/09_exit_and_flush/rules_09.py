"""What exercise 9 has to obey."""

from types import ModuleType

from erts_emu.testing import Workbench


def the_pace_is_kept(exercise: ModuleType) -> None:
    """Blocks of at most eight bytes are written every 100 ms."""
    exercise.Log.disk.clear()
    with Workbench(checks=False) as bench:
        port = bench.open_port(exercise.Log)
        port.command(b"one two ")
        port.command(b"three")
        bench.me.sleep(0.15)
        assert exercise.Log.disk == [b"one two "], f"after 150 ms the disk has {exercise.Log.disk}"
        bench.me.sleep(0.1)
        assert exercise.Log.disk == [b"one two ", b"three"], f"after 250 ms the disk has {exercise.Log.disk}"


def nothing_is_lost(exercise: ModuleType) -> None:
    """What the port has taken is written, although it is closed, at the same pace."""
    exercise.Log.disk.clear()
    with Workbench(checks=False) as bench:
        port = bench.open_port(exercise.Log)
        port.command(b"we hold these truths ")
        port.close()
        before = exercise.Log.disk.copy()
        assert not before, f"the port was closed, and {before} was written at once: the disk is not that fast"
        bench.me.sleep(0.25)
        assert len(exercise.Log.disk) == 2, (
            f"250 ms after port_close the disk has {exercise.Log.disk}, and not 2 blocks"
        )
        bench.me.sleep(2.0)
        assert b"".join(exercise.Log.disk) == b"we hold these truths ", f"in the end the disk has {exercise.Log.disk}"


def ports_do_not_linger(exercise: ModuleType) -> None:
    """A closed port goes when all is written, and at once if there is nothing to write."""
    exercise.Log.disk.clear()
    with Workbench(checks=False) as bench:
        idle, used = bench.open_port(exercise.Log), bench.open_port(exercise.Log)
        used.command(b"1234567")
        idle.close()
        used.close()
        assert idle.id not in bench.me.ports(), "a port without data is still there after port_close"
        bench.me.sleep(1.0)
        assert used.id not in bench.me.ports(), "everything could be written by now, and the closed port is still there"
        assert exercise.Log.disk == [b"1234567"], f"the disk has {exercise.Log.disk}"
