"""What exercise 6 has to obey."""

from types import ModuleType

from erts_emu.testing import Workbench, explore
from erts_emu.testing.exploring import InterleavingFailed


def lines_are_written(exercise: ModuleType) -> None:
    """Lines are written, and a control call returns them and empties the queue."""
    with Workbench(async_threads=2) as bench:
        port = bench.open_port(exercise.Journal)
        for line in (b"one", b"two"):
            port.command(line)
        bench.me.sleep(0.01)
        if bench.emu.driver_errors:
            raise bench.emu.driver_errors[0]
        for expected in (b"one\ntwo\n", b""):
            read = bytes(port.control(1))
            assert sorted(read.splitlines()) == sorted(expected.splitlines()), f"read {read!r}, not {expected!r}"


def lines_stay_whole(exercise: ModuleType) -> None:
    """Whatever the threads do, lines stay in one piece."""

    def scenario(open_port: object, bench: Workbench) -> None:
        port = bench.open_port(exercise.Journal)
        for line in (b"one", b"two"):
            port.command(line)
        read = bytes(port.control(1))
        bench.me.sleep(0.01)
        read += bytes(port.control(1))
        assert sorted(read.split(b"\n")) == [b"", b"one", b"two"], f"the journal says {read!r}"

    try:
        explore(scenario, schedules=60, async_threads=2)
    except InterleavingFailed as failed:
        raise (failed.__cause__ or failed) from None
