"""Port identifiers: numbers, slots, limits (ports.md §1.1)."""

import pytest

from erts_emu import Atom, Emulator, PortId
from erts_emu.driver import DriverEntry
from erts_emu.errors import Badarg, ErlangError, OpenPortError, SystemLimit
from erts_emu.port import slot_index
from erts_emu.terms import Node

from .parts import driver, opened

OTHER_NODE = Node(Atom("a@b"), 9)


def test_the_first_port_is_number_5_and_numbers_grow(me):
    cls = driver()
    first = opened(me, cls)
    assert str(first) == "#Port<0.5>"
    me.port_close(first)
    assert str(opened(me, cls)) == "#Port<0.6>"


def test_a_failed_start_burns_a_number_and_an_earlier_badarg_does_not(me):
    me.erl_ddll.load(DriverEntry(driver_name="failing_drv", start=lambda port, command: -1), "failing_drv")
    first = opened(me, driver())
    with pytest.raises(OpenPortError):
        me.open_port(("spawn_driver", "failing_drv"))
    for name, settings in ((("spawn_driver", "nosuch"), []), (("spawn_driver", "test_drv"), ["nonsense"]), (5, [])):
        with pytest.raises(Badarg):
            me.open_port(name, settings)
    assert opened(me, driver("other_drv")).number == first.number + 2


@pytest.mark.parametrize(("number", "slot"), [(5, 40), (6, 48), (7, 56), (70021, 35880)])
def test_the_slot_of_a_number_in_a_table_of_65536(number, slot):
    """Observed in erl."""
    assert slot_index(number, 65536) == slot


@pytest.mark.parametrize("size", [1024, 65536])
def test_every_number_of_a_round_has_a_slot_of_its_own(size):
    assert sorted(slot_index(number, size) for number in range(size)) == list(range(size))
    assert slot_index(size + 7, size) == slot_index(7, size)


def test_a_full_table():
    with Emulator(threads="simulated", max_ports=16) as emu:
        me = emu.attach()
        cls = driver()
        ports = [opened(me, cls) for _ in range(13)]  # and ERTS's own three
        with pytest.raises(SystemLimit):
            opened(me, cls)
        slots = [me.port_info(port, "id")[1] for port in me.ports()]
        assert slots == sorted(slots)
        assert set(me.ports()) == set(ports)
        me.port_close(ports[4])
        again = opened(me, cls)
        assert again.number == ports[4].number + 16
        assert set(me.ports()) == {*ports[:4], *ports[5:], again}
        assert len({me.port_info(port, "id")[1] for port in me.ports()}) == 13
        with pytest.raises(SystemLimit):
            opened(me, cls)


def test_a_full_table_leaves_no_reference_to_the_driver():
    with Emulator(threads="simulated", max_ports=16) as emu:
        me = emu.attach()
        cls = driver()
        ports = [opened(me, cls) for _ in range(13)]
        for _ in range(3):
            with pytest.raises(SystemLimit):
                me.open_port(("spawn_driver", "test_drv"))
        assert me.erl_ddll.info("test_drv", "port_count") == 13
        for port in ports:
            me.port_close(port)
        me.erl_ddll.try_unload("test_drv")
        for _ in range(13):
            me.erl_ddll.try_unload("test_drv")
        me.sleep(0.01)
        assert me.erl_ddll.loaded_drivers() == []


@pytest.mark.parametrize(
    "reference", [5, "test_drv", None, (1, 2), Atom("nobody"), PortId(4711), PortId(5, OTHER_NODE)]
)
@pytest.mark.parametrize("bif", ["port_command", "port_control", "port_call", "port_close", "port_connect"])
def test_what_no_bif_takes_for_a_port(bif, reference, me):
    arguments = {
        "port_command": (b"x",),
        "port_control": (0, b""),
        "port_call": (0, []),
        "port_close": (),
        "port_connect": (me.pid,),
    }
    with pytest.raises(Badarg):
        getattr(me, bif)(reference, *arguments[bif])


def test_a_remote_port_is_nobody(me):
    """Its number may well be that of a local one."""
    local = opened(me, driver())
    remote = PortId(local.number, OTHER_NODE)
    with pytest.raises(Badarg):
        me.send(remote, (me.pid, (Atom("command"), b"x")))
    with pytest.raises(Badarg):
        me.port_control(remote, 0, b"")
    with pytest.raises(ErlangError):
        me.link(remote)
    with pytest.raises(Badarg):
        me.monitor(remote)
    with pytest.raises(Badarg):
        me.register("name", remote)
    assert me.exit_signal(remote, "kill")
    assert me.port_info(local, "output") == (Atom("output"), 0)
