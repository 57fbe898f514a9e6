"""Life cycles: the surprises of driver_api.md §5 that belong to no single function."""

import errno

import pytest

from erts_emu import Atom, Emulator
from erts_emu.driver import (
    DriverEntry,
    driver_deq,
    driver_enq,
    driver_set_timer,
)
from erts_emu.emulator import HaltIncomplete
from erts_emu.errors import Badarg, OpenPortError

from .proof import Lab, proves

EXIT, NORMAL = Atom("EXIT"), Atom("normal")


@proves("S9")
def test_any_process_closes_a_port_with_an_exit_signal_even_normal(me):
    me.trap_exit = True
    lab = Lab(me)

    async def stranger(process):
        await process.exit_signal(lab.port, "normal")

    me.spawn(stranger)
    me.sleep(0.01)
    assert me.flush() == [(EXIT, lab.port, NORMAL)]


def lingering(me, **callbacks):
    me.trap_exit = True
    lab = Lab(me, **callbacks)
    lab.run(lambda d: driver_enq(d.port, b"queued"))
    me.port_close(lab.port)
    assert me.flush() == [(EXIT, lab.port, NORMAL)]
    return lab


@proves("S10")
def test_a_closing_port_serves_control_call_and_info_only(me):
    lab = lingering(me, call=lambda d, command, buf: buf)
    assert me.port_call(lab.port, 0, (1, 2)) == (1, 2)
    assert me.port_info(lab.port, "links") == (Atom("links"), [])
    for refused in (lambda: me.port_command(lab.port, b"x"), lambda: me.port_close(lab.port)):
        with pytest.raises(Badarg):
            refused()
    assert lab.run(lambda d: driver_deq(d.port, 6)) == 0
    assert lab.port not in me.ports()


@proves("S11")
def test_nobody_can_kill_a_closing_port(me):
    lab = lingering(me)
    me.exit_signal(lab.port, "kill")
    me.sleep(0.01)
    assert lab.port in me.ports()
    lab.run(lambda d: driver_deq(d.port, 6))


@proves("S28")
@pytest.mark.parametrize("reply", [b"", b"\x01", b"\x83", -1, None])
def test_a_call_without_external_format_is_badarg(me, reply):
    lab = Lab(me, call=lambda d, command, buf: reply)
    with pytest.raises(Badarg):
        me.port_call(lab.port, 0, 1)


@proves("S28")
def test_what_follows_the_term_of_a_call_does_not_matter(me):
    lab = Lab(me, call=lambda d, command, buf: buf + b"garbage")
    assert me.port_call(lab.port, 0, [1]) == [1]


@proves("S37")
def test_halt_calls_no_finish_and_names_a_port_whose_queue_is_never_emptied():
    log = []
    emu = Emulator(threads="simulated")
    with emu.attach() as me:
        lab = Lab(
            me, flush=lambda d: log.append("flush"), stop=lambda d: log.append("stop"),
            finish=staticmethod(lambda: log.append("finish")),
        )  # fmt: skip
        lab.run(lambda d: driver_enq(d.port, b"stuck"))
    with pytest.raises(HaltIncomplete, match=r"#Port<0\.5>"):
        emu.halt(patience=1.0)
    assert log == ["flush"]
    with Emulator(threads="simulated") as emu:
        Lab(emu.attach(), stop=lambda d: log.append("stop"), finish=staticmethod(lambda: log.append("finish")))
    assert log == ["flush", "stop"]


@proves("S39")
def test_an_unlinked_owner_may_die(me):
    lab = Lab(me)

    async def owner(process):
        port = await process.open_port(("spawn_driver", "lab"))
        await process.unlink(port)
        return port

    port = me.emu.run(owner)
    me.sleep(0.01)
    assert port in me.ports()
    assert lab.run(lambda d: "alive", at=port) == "alive"


@proves("S42")
def test_any_process_may_use_the_owners_pid(me):
    lab = Lab(me, output=lambda d, buf: log.append(bytes(buf)))
    log = []

    async def stranger(process):
        await process.send(lab.port, (me.pid, (Atom("command"), b"forged")))

    me.spawn(stranger)
    me.sleep(0.01)
    assert log == [b"forged"]


@proves("S43")
@pytest.mark.parametrize(("by_message", "told", "links"), [(False, [], 2), (True, ["connected"], 1)])
def test_the_two_ways_to_connect(me, by_message, told, links):
    lab = Lab(me)

    async def waiting(process):
        await process.receive()

    new = me.spawn(waiting)
    if by_message:
        me.send(lab.port, (me.pid, (Atom("connect"), new)))
    else:
        assert me.port_connect(lab.port, new) is True
    assert me.flush() == [(lab.port, Atom(text)) for text in told]
    assert me.port_info(lab.port, "connected") == (Atom("connected"), new)
    assert len(me.port_info(lab.port, "links")[1]) == links


@proves("S44")
@pytest.mark.parametrize(
    ("result", "reason"),
    [(-1, "einval"), (-2, "unknown"), (-3, "badarg"), (OSError(errno.EACCES, "no"), "eacces")],
)
def test_what_start_returns_when_it_fails(me, result, reason):
    log = []

    def start(port, command):
        driver_set_timer(port, 1)
        driver_enq(port, b"lost")
        if isinstance(result, OSError):
            raise result
        return result

    entry = DriverEntry(driver_name="failing", start=start, stop=lambda d: log.append("stop"), timeout=log.append)
    me.erl_ddll.load(entry, "failing")
    with pytest.raises((OpenPortError, Badarg)) as raised:
        me.open_port(("spawn_driver", "failing"))
    assert raised.value.reason == Atom(reason)
    me.sleep(0.01)
    assert (log, me.ports(), me.flush()) == ([], [], [])
    assert Lab(me).port.number == 6  # the number is used up


@proves("S47")
def test_no_exit_message_has_an_error_in_its_middle(me):
    me.trap_exit = True
    lab = Lab(me)
    me.exit_signal(lab.port, "x")
    assert me.flush() == [(EXIT, lab.port, Atom("x"))]
