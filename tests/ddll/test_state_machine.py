"""The loader's state machine, cell by cell: in each state, what each event answers and what state comes next."""

from __future__ import annotations

import pytest

from erts_emu import Atom
from erts_emu.errors import Badarg

from .states import FORCED, KILL, MONITOR, NAME, NOWHERE, RELOAD, RELOAD_PENDING, STATES, A, opens, words

# event: {state: (answer, next state)}
LOAD_EQUAL = {
    "absent": ("ok loaded", "OK"),
    "OK": ("ok already_loaded", "OK"),
    "UNLOAD": ("ok already_loaded", "OK"),
    "FORCE_UNLOAD": ("ok already_loaded", "OK"),
    "RELOAD": ("ok pending_driver ref", "RELOAD"),
    "FORCE_RELOAD": ("ok pending_driver ref", "FORCE_RELOAD"),
    "PERMANENT": ("error permanent", "PERMANENT"),
    "static": ("error linked_in_driver", "static"),
}
LOAD_OTHERWISE = {
    state: ("error inconsistent", state) for state in STATES if state not in ("absent", "PERMANENT", "static")
} | {"PERMANENT": ("error permanent", "PERMANENT"), "static": ("error linked_in_driver", "static")}
RELOAD_GRANTED = {
    "absent": ("error not_loaded", "absent"),
    "OK": ("ok pending_driver ref", "RELOAD"),
    "UNLOAD": ("error not_loaded_by_this_process", "UNLOAD"),
    "FORCE_UNLOAD": ("error not_loaded_by_this_process", "FORCE_UNLOAD"),
    "RELOAD": ("error pending_reload", "RELOAD"),
    "FORCE_RELOAD": ("error pending_reload", "FORCE_RELOAD"),
    "PERMANENT": ("error permanent", "PERMANENT"),
    "static": ("error linked_in_driver", "static"),
}
UNLOAD_LAST = {
    "absent": ("error not_loaded", "absent"),
    "OK": ("ok pending_driver ref", "UNLOAD"),
    "UNLOAD": ("ok pending_driver ref", "UNLOAD"),
    "FORCE_UNLOAD": ("ok pending_driver ref", "UNLOAD"),
    "RELOAD": ("ok pending_driver ref", "UNLOAD"),
    "FORCE_RELOAD": ("ok pending_driver ref", "UNLOAD"),
    "PERMANENT": ("error permanent", "PERMANENT"),
    "static": ("error linked_in_driver", "static"),
}
OPEN = {state: "badarg" if state in ("absent", *FORCED) else "ok" for state in STATES}
RELEASED = {
    "OK": ("OK", []),
    "UNLOAD": ("absent", ["stop", "finish 1"]),
    "FORCE_UNLOAD": ("absent", ["finish 1"]),
    "RELOAD": ("OK", ["stop", "finish 1", "init 2"]),
    "FORCE_RELOAD": ("OK", ["finish 1", "init 2"]),
    "PERMANENT": ("PERMANENT", ["stop"]),
}
KINDS = ("loaded", "unloaded", "unloaded_only")
MONITORED = {
    "absent": dict.fromkeys(KINDS, "DOWN unloaded"),
    "OK": {"loaded": "UP loaded"},
    "UNLOAD": {"loaded": "DOWN load_cancelled"},
    "FORCE_UNLOAD": {"loaded": "DOWN load_cancelled"},
    "RELOAD": {},
    "FORCE_RELOAD": {},
    "PERMANENT": dict.fromkeys(KINDS, "UP permanent"),
    "static": dict.fromkeys(KINDS, "UP permanent"),
}


def told(attached):
    """What the loader has told a process: ``["UP loaded", …]``, in order."""
    messages = [m for m in attached.flush() if len(m) == 5 and m[2] is Atom("driver")]
    return [f"{m[0].name} {m[4].name if isinstance(m[4], Atom) else m[4][0].name}" for m in messages]


@pytest.mark.parametrize("state", LOAD_EQUAL)
def test_loading_what_is_loaded_or_will_be(state, bench):
    bench.bring_to(state)
    path, options = bench.equal()
    assert (words(bench.others.try_load(path, NAME, options)), bench.state()) == LOAD_EQUAL[state]


@pytest.mark.parametrize("state", LOAD_OTHERWISE)
def test_loading_with_another_path_or_other_options(state, bench):
    bench.bring_to(state)
    path, options = bench.equal()
    another = bench.first if path is bench.second else bench.second
    assert (words(bench.others.try_load(another, NAME, options)), bench.state()) == LOAD_OTHERWISE[state]
    others = [] if options else [KILL]
    assert (words(bench.others.try_load(path, NAME, others)), bench.state()) == LOAD_OTHERWISE[state]


@pytest.mark.parametrize("state", RELOAD_GRANTED)
def test_reloading(state, bench):
    bench.bring_to(state)
    if state == "OK":
        bench.port = bench.me.open_port(("spawn_driver", NAME))
    options = [RELOAD, MONITOR, *bench.load_options]
    assert (words(bench.mine.try_load(bench.second, NAME, options)), bench.state()) == RELOAD_GRANTED[state]


@pytest.mark.parametrize("state", UNLOAD_LAST)
def test_unloading_by_the_last_user_or_by_anybody_if_there_is_none(state, bench):
    bench.bring_to(state)
    if state == "OK":
        bench.port = bench.me.open_port(("spawn_driver", NAME))
    caller = bench.others if "UNLOAD" in state else bench.mine
    assert (words(caller.try_unload(NAME, [MONITOR])), bench.state()) == UNLOAD_LAST[state]


@pytest.mark.parametrize("state", STATES)
def test_opening_a_port(state, bench):
    bench.bring_to(state)
    assert opens(bench.other) == OPEN[state]
    assert opens(bench.other, "spawn") == OPEN[state]


@pytest.mark.parametrize("state", RELEASED)
def test_the_last_reference_goes(state, bench):
    bench.bring_to(state)
    bench.log.clear()
    bench.release()
    assert (bench.state(), bench.log) == RELEASED[state]
    if state.endswith("RELOAD"):
        assert bench.image() == 2
        assert bench.mine.info(NAME, "processes") == [(bench.me.pid, 1)]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", KINDS)
def test_monitoring(state, kind, bench):
    bench.bring_to(state)
    bench.others.monitor(NAME, kind)
    answer = MONITORED[state].get(kind)
    assert told(bench.other) == ([answer] if answer else [])
    if answer is None:
        awaiting = "awaiting_load" if kind == "loaded" else "awaiting_unload"
        assert bench.mine.info(NAME, awaiting) == [(bench.other.pid, 1)]


# --- what those who wait are told ---


def watched(bench, state):
    """Bring the driver to *state*, and have the other process wait for everything it can wait for."""
    bench.bring_to(state)
    for kind in KINDS:
        if kind not in MONITORED[state]:
            bench.others.monitor(NAME, kind)
    return bench


@pytest.mark.parametrize("state", [*FORCED, "UNLOAD", "RELOAD"])
def test_after_the_last_reference_unloaded_comes_before_loaded(state, bench):
    watched(bench, state).release()
    expected = ["DOWN unloaded", "DOWN unloaded"] + (["UP loaded"] if state.endswith("RELOAD") else [])
    assert told(bench.other) == expected


@pytest.mark.parametrize("state", ["UNLOAD", "FORCE_UNLOAD"])
def test_a_load_cancels_the_unload_for_those_who_wait_for_unloaded_only_survives(state, bench):
    watched(bench, state)
    path, options = bench.equal()
    bench.mine.try_load(path, NAME, options)
    assert told(bench.other) == ["UP unload_cancelled"]
    assert bench.mine.info(NAME, "awaiting_unload") == [(bench.other.pid, 1)]


@pytest.mark.parametrize("how", ["unload", "death"])
@pytest.mark.parametrize("state", ["RELOAD", "FORCE_RELOAD"])
def test_a_reload_without_users_is_cancelled(state, how, bench):
    watched(bench, state)
    if how == "unload":
        bench.mine.try_unload(NAME)
    else:
        bench.me.detach()
    assert told(bench.other) == ["DOWN load_cancelled"]
    if how == "unload":
        bench.release()
        assert bench.state() == "absent"
        assert "init 2" not in bench.log


@pytest.mark.parametrize("state", ["OK", "UNLOAD", "FORCE_UNLOAD", "RELOAD", "FORCE_RELOAD"])
def test_locking_tells_everybody_and_frees_the_users(state, bench):
    bench.bring_to("OK" if state in FORCED else state)
    kinds = [kind for kind in KINDS if kind not in MONITORED[bench.state()]]
    for kind in kinds:
        bench.others.monitor(NAME, kind)
    port = bench.other.open_port(("spawn_driver", NAME))
    assert bench.other.port_control(port, 2, b"") == [0]
    assert bench.other.port_control(port, 2, b"") == [0]
    assert told(bench.other) == ["UP permanent"] * len(kinds)
    assert bench.state() == "PERMANENT"
    handle = bench.emu.ddll.find(NAME).handle
    assert handle.users() == []
    for each in bench.me.ports():
        bench.other.exit_signal(each, "kill")
    bench.settle()
    assert handle.refc == 2
    assert bench.state() == "PERMANENT"


def test_a_reload_that_cannot_load_tells_why_and_leaves_nothing(bench):
    bench.bring_to("OK")
    bench.others.try_load(bench.first, NAME)
    bench.port = bench.me.open_port(("spawn_driver", NAME))
    _, _, reference = bench.mine.try_load(NOWHERE, NAME, [RELOAD_PENDING, MONITOR])
    joined = bench.others.try_load(NOWHERE, NAME)[2]
    bench.me.port_close(bench.port)
    bench.settle()
    failure = (A("load_failure"), (A("open_error"), -10))
    assert (A("DOWN"), reference, A("driver"), A(NAME), failure) in bench.me.flush()
    assert (A("DOWN"), joined, A("driver"), A(NAME), failure) in bench.other.flush()
    assert bench.state() == "absent"
    assert words(bench.others.try_unload(NAME)) == "error not_loaded"


# --- the death of a process ---


def test_the_death_of_the_last_user_unloads_and_kills_ports_of_a_driver_loaded_so(bench):
    for options, survives in (([], True), ([KILL], False)):
        with bench.emu.attach() as user:
            user.erl_ddll.try_load(bench.first, NAME, options)
            port = bench.me.open_port(("spawn_driver", NAME))
            bench.me.unlink(port)
            bench.me.monitor(port)
        bench.settle()
        assert (port in bench.me.ports()) == survives
        assert bench.state() == ("UNLOAD" if survives else "absent")
        reasons = [m[4] for m in bench.me.flush()]
        assert reasons == ([] if survives else [A("driver_unloaded")])
        if survives:
            bench.me.port_close(port)
            bench.settle()
            assert bench.state() == "absent"
            bench.me.flush()


def test_the_death_of_one_of_two_users_changes_nothing(bench):
    bench.bring_to("OK")
    with bench.emu.attach() as user:
        user.erl_ddll.try_load(bench.first, NAME)
        user.erl_ddll.try_load(bench.first, NAME)
        assert bench.mine.info(NAME, "processes") == [(bench.me.pid, 1), (user.pid, 2)]
    bench.settle()
    assert bench.state() == "OK"
    assert bench.mine.info(NAME, "processes") == [(bench.me.pid, 1)]


def test_a_dead_process_waits_for_nothing(bench):
    bench.bring_to("OK")
    with bench.emu.attach() as waiter:
        waiter.erl_ddll.monitor(NAME, "unloaded")
        assert bench.mine.info(NAME, "awaiting_unload") == [(waiter.pid, 1)]
    assert bench.mine.info(NAME, "awaiting_unload") == []


# --- several users ---


def test_unloading_while_others_use_it(bench):
    bench.bring_to("OK")
    bench.others.try_load(bench.first, NAME)
    with bench.emu.attach() as stranger:
        assert words(stranger.erl_ddll.try_unload(NAME)) == "error not_loaded_by_this_process"
    assert words(bench.mine.try_unload(NAME, ["kill_ports"])) == "ok pending_process"
    assert words(bench.mine.try_unload(NAME)) == "error not_loaded_by_this_process"
    assert bench.state() == "OK"


def test_kill_ports_has_no_effect_while_there_are_users(bench):
    bench.bring_to("OK")
    bench.others.try_load(bench.first, NAME)
    port = bench.me.open_port(("spawn_driver", NAME))
    bench.mine.try_unload(NAME, ["kill_ports"])
    assert port in bench.me.ports()


def test_a_second_unload_with_kill_ports_kills_what_was_opened_since(bench):
    bench.bring_to("UNLOAD")
    late = bench.other.open_port(("spawn_driver", NAME))
    assert words(bench.others.try_unload(NAME, ["kill_ports"])) == "ok pending_driver"
    assert bench.me.ports() == []
    assert (A("EXIT"), late, A("driver_unloaded")) in bench.other.flush()


def test_a_reload_by_a_user_among_others(bench):
    bench.bring_to("OK")
    with bench.emu.attach() as stranger:
        reloaded = stranger.erl_ddll.try_load(bench.second, NAME, [RELOAD_PENDING])
        assert words(reloaded) == "error not_loaded_by_this_process"
        assert words(stranger.erl_ddll.try_load(bench.second, NAME, [RELOAD])) == "error pending_process"
    bench.others.try_load(bench.first, NAME)
    assert words(bench.mine.try_load(bench.second, NAME, [RELOAD])) == "error pending_process"
    assert words(bench.mine.try_load(bench.second, NAME, [RELOAD_PENDING, KILL])) == "error inconsistent"
    assert words(bench.mine.try_load(bench.second, NAME, [RELOAD_PENDING])) == "ok pending_process"
    bench.settle()
    assert bench.image() == 2
    assert {pid for pid, _ in bench.mine.info(NAME, "processes")} == {bench.me.pid, bench.other.pid}


# --- unknown drivers ---


def test_nothing_is_known_of_an_unknown_driver(bench):
    for item in (None, "processes", "port_count", "nonsense"):
        with pytest.raises(Badarg):
            bench.mine.info(NAME, item)
