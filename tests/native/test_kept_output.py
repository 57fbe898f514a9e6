"""What an output callback of a compiled driver outputs may be kept until it returns: nobody can tell."""

from contextlib import ExitStack

import pytest

from erts_emu import Atom, Emulator

ON_REAL_THREADS = {"kept": {}, "two schedulers": {"schedulers": 2}, "lock checker": {"lock_checker": True}}
EVERYWHERE = {**ON_REAL_THREADS, "simulated": {"threads": "simulated"}}


@pytest.fixture
def process(driver):
    """Make a process of an emulator with such options, and load the driver."""
    with ExitStack() as emulators:

        def make(options):
            me = emulators.enter_context(Emulator(strict=False, **options)).attach(trap_exit=True)
            me.erl_ddll.load_driver(driver("kept_drv", "-lpthread"), "kept_drv")
            return me

        yield make


@pytest.fixture(params=EVERYWHERE.values(), ids=EVERYWHERE.keys())
def me(request, process):
    return process(request.param)


def told(me, letters, options=("binary", "eof"), helper="none"):
    """Have the driver tell things; what has come, in order."""
    port = me.open_port(("spawn_driver", f"kept_drv {helper}"), [*options])
    me.port_command(port, letters.encode())
    me.send(me.pid, "end")
    told = []
    while (message := me.receive(timeout=30)) != "end":
        told.append(message if isinstance(message, Atom) else message[1][1] if message[0] == port else message[2])
    return told


def letter(message):
    return "".join(str(part) for part in ([message] if isinstance(message, Atom) else [bytes(message).decode()]))


@pytest.mark.parametrize("letters", ["o", "oo", "oa", "ao", "oao", "oooo", "olo", "lo", "ow", "owo", "wo"])
def test_things_come_in_the_order_in_which_they_were_told(me, letters):
    for _ in range(3):
        expected = ["l" * 300 if each == "l" else each for each in letters if each != "w"]
        assert [letter(message) for message in told(me, letters)] == expected


@pytest.mark.parametrize("options", ON_REAL_THREADS.values(), ids=ON_REAL_THREADS.keys())
@pytest.mark.parametrize("helper", ["t", "p", "j"])
@pytest.mark.parametrize("letters", ["oh", "ooh", "owh", "aoh", "oho", "h", "ho"])
def test_what_another_thread_says_after_it_comes_after_it(process, letters, helper, options):
    me = process({"async_threads": 12, **options})
    expected = [each for each in letters if each != "w"]
    for _ in range(10):
        assert [letter(message) for message in told(me, letters, helper=helper)] == expected


def test_it_has_the_form_that_the_port_was_opened_for(me):
    assert told(me, "o", ()) == [list(b"o")]
    assert told(me, "o", ["binary"]) == [b"o"]
    assert told(me, "oo", ["binary", ("line", 1)]) == [(Atom("noeol"), b"o")]
    assert told(me, "0", ()) == [[]]


def test_output_before_a_failure_comes_and_output_after_it_does_not(me):
    assert [letter(message) for message in told(me, "of")] == ["o", "failed"]
    assert [letter(message) for message in told(me, "fo")] == ["failed"]


def test_it_is_counted_and_traced(me):
    port = me.open_port(("spawn_driver", "kept_drv"), [Atom("binary")])
    sent = []
    me.emu.trace.subscribe(lambda name, fields: sent.append(name), "port_send")
    me.port_command(port, b"o")
    me.receive(timeout=30)
    assert sent == ["port_send"]
    assert me.port_info(port, Atom("input")) == (Atom("input"), 1)
