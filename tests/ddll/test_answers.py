"""What the loader says: error atoms and their texts, items of information, the functions that wait."""

from __future__ import annotations

import zlib

import pytest

from erts_emu import Atom
from erts_emu.driver import DriverEntry
from erts_emu.errors import Badarg, DriverLoadError

from .states import KILL, NAME, NOWHERE, RELOAD, STATES, A, words

# The length and the CRC-32 of each text, as the real erl_ddll:format_error/1 gives it.
TEXTS = {
    "no_error": (8, 0xB8987DE0),
    "no_driver_init": (33, 0x1674089F),
    "driver_init_failed": (18, 0xB0544748),
    "bad_driver_name": (15, 0xDB8B9205),
    "driver_name_to_long": (19, 0x4483D661),
    "driver_incorrect_version": (54, 0x2E6843AA),
    "no_ddll_available": (49, 0xCBB2B5D4),
    "unspecified_error": (33, 0x01F75F78),
    "symbol_not_found": (35, 0x7B203EBD),
    "inconsistent": (79, 0xF74026A4),
    "linked_in_driver": (57, 0x7B2D5B7F),
    "permanent": (53, 0x86CB070B),
    "not_loaded": (25, 0xC78B936D),
    "not_loaded_by_this_process": (42, 0x8E1923FB),
    "pending_reload": (35, 0xFE923257),
    "pending_process": (74, 0xF79D04D6),
    "not_pending": (42, 0x2082D634),
    "already_loaded": (42, 0x8824FF00),
    "load_cancelled": (40, 0xA96AE7CD),
}
NUMBERS = {-9: (17, 0xA3CA2DB7), 5: (17, 0xA3CA2DB7), -9999: (20, 0x3EF30970), 0: (8, 0xB8987DE0), -3: (15, 0xDB8B9205)}


def fingerprint(text):
    return len(text), zlib.crc32(text.encode())


@pytest.mark.parametrize("reason", TEXTS)
def test_the_text_of_each_reason_is_that_of_erl(reason, me):
    assert fingerprint(me.erl_ddll.format_error(A(reason))) == TEXTS[reason]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_text_of_a_number_that_no_open_error_has(number, me):
    assert fingerprint(me.erl_ddll.format_error((A("open_error"), number))) == NUMBERS[number]


@pytest.mark.parametrize(
    "reason", [A("loaded"), A("load_failure"), "text", 5, (A("open_error"), A("a")), (A("other"), 1), []], ids=repr
)
def test_what_is_no_reason(reason, me):
    with pytest.raises(Badarg):
        me.erl_ddll.format_error(reason)


def plugin(tmp_path, text, name=NAME):
    """A folder with a driver file."""
    (tmp_path / f"{name}.py").write_text(f"from erts_emu.driver import *\n{text}\n")
    return str(tmp_path)


HOOK = "@hookimpl\ndef driver_init(): return "
BROKEN = {
    "no hook": ("x = 1", "no_driver_init"),
    "an unmarked one": ("def driver_init(): return None", "no_driver_init"),
    "None": (f"{HOOK} None", "driver_init_failed"),
    "a raise": (f"{HOOK} 1 / 0", "driver_init_failed"),
    "no entry": (f"{HOOK} 5", "driver_init_failed"),
    "init says no": (f"{HOOK} DriverEntry(driver_name='{NAME}', init=lambda: -1)", "driver_init_failed"),
    "init raises": (f"{HOOK} DriverEntry(driver_name='{NAME}', init=lambda: 1 / 0)", "driver_init_failed"),
    "another name": (f"{HOOK} DriverEntry(driver_name='another')", "bad_driver_name"),
    "marker 0": (f"{HOOK} DriverEntry(driver_name='{NAME}', extended_marker=0)", "driver_incorrect_version"),
    "version 1": (f"{HOOK} DriverEntry(driver_name='{NAME}', major_version=1)", "driver_incorrect_version"),
    "version 4": (f"{HOOK} DriverEntry(driver_name='{NAME}', major_version=4)", "driver_incorrect_version"),
    "version 3.4": (f"{HOOK} DriverEntry(driver_name='{NAME}', minor_version=4)", "driver_incorrect_version"),
    "a syntax error": ("def (", "open_error"),
    "an import error": ("import nonsense_that_is_not_there", "open_error"),
    "no text": ("\0", "open_error"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_is_no_driver(what, me, tmp_path):
    text, reason = BROKEN[what]
    answer = me.erl_ddll.try_load(plugin(tmp_path, text), NAME)
    assert words(answer) == f"error {reason}"
    assert me.erl_ddll.loaded_drivers() == []
    assert isinstance(me.erl_ddll.format_error(answer[1]), str)
    with pytest.raises(DriverLoadError, match=NAME) as caught:
        me.erl_ddll.load(plugin(tmp_path, text), NAME)
    assert caught.value.reason == answer[1]


@pytest.mark.parametrize("version", [(2, 0), (2, 99), (3, 0), (3, 3)])
def test_versions_that_are_accepted(version, me):
    entry = DriverEntry(driver_name=NAME, major_version=version[0], minor_version=version[1])
    assert words(me.erl_ddll.try_load(entry, NAME)) == "ok loaded"


# --- names, paths, options ---


def test_a_name_is_an_atom_or_iodata(me, bench):
    for name in (A(NAME), NAME, NAME.encode(), list(NAME.encode()), [b"test", [ord("_")], "drv"]):
        assert words(bench.mine.try_load(bench.first, name)).startswith("ok")
    assert bench.mine.info(b"test_drv", "processes") == [(me.pid, 5)]


@pytest.mark.parametrize("name", [A(""), 5, (1,), [1000], None, 1.5], ids=repr)
def test_what_is_no_name(name, me):
    for call in (
        lambda: me.erl_ddll.try_load("/tmp", name),
        lambda: me.erl_ddll.try_unload(name),
        lambda: me.erl_ddll.info(name),
        lambda: me.erl_ddll.monitor(name, "loaded"),
    ):
        with pytest.raises(Badarg):
            call()


def test_a_name_that_is_too_long_for_an_atom_is_a_name_of_nothing(me):
    long = "x" * 256
    assert words(me.erl_ddll.try_load(DriverEntry(driver_name=long), long)) == "error driver_init_failed"
    assert words(me.erl_ddll.try_load(NOWHERE, long)) == "error open_error"
    assert words(me.erl_ddll.try_unload(long)) == "error not_loaded"
    reference = me.erl_ddll.monitor(long, "loaded")
    assert me.flush() == [(A("DOWN"), reference, A("driver"), long, A("unloaded"))]
    assert words(me.erl_ddll.try_load(DriverEntry(driver_name=long[1:]), long[1:])) == "ok loaded"


def test_slashes_at_the_end_of_a_path_do_not_count_but_everything_else_does(me, tmp_path):
    path = plugin(tmp_path, f"{HOOK} DriverEntry(driver_name='{NAME}')")
    assert words(me.erl_ddll.try_load(path, NAME)) == "ok loaded"
    assert words(me.erl_ddll.try_load(f"{path}//", NAME)) == "ok already_loaded"
    assert words(me.erl_ddll.try_load(f"{path}/.", NAME)) == "error inconsistent"


@pytest.mark.parametrize(
    "option",
    [
        A("kill_ports"), A("x"), 5, (A("x"), 1), (A("monitor"), A("x")), (A("reload"), A("x")), (A("monitor"),),
        (A("driver_options"), A("kill_ports")), (A("driver_options"), [A("x")]), (A("reload"), A("pending"), 1),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_option_of_try_load(option, bench):
    with pytest.raises(Badarg):
        bench.mine.try_load(bench.first, NAME, [option])
    assert bench.state() == "absent"


@pytest.mark.parametrize("option", [A("x"), 5, (A("kill_ports"), 1), (A("monitor"), A("x")), RELOAD, KILL], ids=repr)
def test_what_is_no_option_of_try_unload(option, bench):
    bench.bring_to("OK")
    with pytest.raises(Badarg):
        bench.mine.try_unload(NAME, [option])
    assert bench.state() == "OK"


def test_of_several_options_the_last_counts(bench):
    bench.bring_to("OK")
    assert words(bench.mine.try_load(bench.first, NAME, [KILL, (A("driver_options"), [])])) == "ok already_loaded"


# --- info ---


@pytest.mark.parametrize("state", STATES[1:])
def test_the_seven_items_in_each_state(state, bench):
    bench.bring_to(state)
    items = bench.mine.info(NAME)
    assert [item.name for item, _ in items] == [
        "processes", "driver_options", "port_count", "linked_in_driver", "permanent", "awaiting_load",
        "awaiting_unload",
    ]  # fmt: skip
    found = {item.name: value for item, value in items}
    for item, value in found.items():
        assert bench.mine.info(NAME, item) == value
    assert found["linked_in_driver"] is A("true" if state == "static" else "false")
    assert found["permanent"] is A("true" if state == "PERMANENT" else "false")
    if state in ("PERMANENT", "static"):
        word = A("permanent" if state == "PERMANENT" else "linked_in_driver")
        assert found["processes"] == found["port_count"] == found["awaiting_load"] == found["awaiting_unload"] == word
        assert found["driver_options"] == ([] if state == "PERMANENT" else word)
    else:
        assert found["processes"] == ([] if state.endswith("UNLOAD") else [(bench.me.pid, 1)])
        assert found["port_count"] == (1 if state in ("UNLOAD", "RELOAD") else 0)
        assert found["driver_options"] == ([A("kill_ports")] if state.startswith("FORCE") else [])
        assert found["awaiting_load"] == found["awaiting_unload"] == []


def test_waiting_processes_are_counted_each(bench):
    bench.bring_to("RELOAD")
    for kind in ("unloaded", "unloaded_only", "loaded", "loaded"):
        bench.others.monitor(NAME, kind)
    bench.mine.monitor(NAME, "unloaded")
    assert bench.mine.info(NAME, "awaiting_load") == [(bench.other.pid, 2)]
    assert bench.mine.info(NAME, "awaiting_unload") == [(bench.other.pid, 2), (bench.me.pid, 1)]


# --- the functions that wait ---


def test_load_and_unload_wait_for_nothing_on_an_idle_driver(bench):
    bench.mine.load(bench.first, NAME)
    bench.mine.load(bench.first, NAME)
    bench.mine.unload(NAME)
    bench.mine.unload(NAME)
    bench.settle()
    assert bench.state() == "absent"
    with pytest.raises(DriverLoadError) as caught:
        bench.mine.unload(NAME)
    assert caught.value.reason is A("not_loaded")


def test_unload_driver_waits_for_the_last_job(bench):
    bench.bring_to("OK")
    bench.mine.try_unload(NAME)
    bench.settle()
    bench.mine.load_driver(bench.first, NAME)
    port = bench.me.open_port(("spawn_driver", NAME))
    bench.me.port_control(port, 1, b"")

    async def later(process):
        await process.sleep(1.0)
        bench.gate.open()

    bench.emu.spawn(later)
    before = bench.emu.layer.monotonic()
    bench.mine.unload_driver(NAME)
    assert bench.emu.layer.monotonic() - before >= 1_000_000_000
    assert bench.state() == "absent"


def test_reload_driver_of_a_busy_driver_kills_its_ports_and_is_served(bench):
    bench.me.trap_exit = True
    bench.mine.load_driver(bench.first, NAME)
    port = bench.me.open_port(("spawn_driver", NAME))
    bench.mine.reload_driver(bench.second, NAME)
    assert bench.image() == 2
    assert (A("EXIT"), port, A("driver_unloaded")) in bench.me.flush()


def test_a_load_that_waits_for_a_reload_learns_that_it_was_cancelled(bench):
    bench.bring_to("RELOAD")
    outcome = []

    async def joiner(process):
        try:
            await process.erl_ddll.load(bench.second, NAME)
        except DriverLoadError as error:
            outcome.append(error.reason)

    async def unloader(process):
        process.erl_ddll.try_unload(NAME)

    process = bench.emu.spawn(joiner)
    bench.settle()
    assert outcome == []
    # The joiner is a user too: the reload is cancelled when nobody is left, and only then.
    bench.mine.try_unload(NAME)
    assert bench.state() == "RELOAD"
    bench.release()
    bench.settle()
    assert outcome == []
    assert not process.is_alive
    assert "init 2" in bench.log


def test_a_reload_by_the_only_user_is_granted_to_a_process_that_waits(bench):
    bench.bring_to("OK")
    bench.mine.reload(bench.second, NAME)
    assert bench.image() == 2
    with pytest.raises(DriverLoadError) as caught:
        bench.mine.reload(NOWHERE, NAME)
    assert caught.value.reason == (A("open_error"), -10)
    assert bench.state() == "absent"


@pytest.mark.parametrize("function", ["load", "load_driver", "reload", "reload_driver", "unload", "unload_driver"])
def test_a_permanent_driver_refuses_them_all(function, bench):
    bench.bring_to("PERMANENT")
    call = getattr(bench.mine, function)
    with pytest.raises(DriverLoadError) as caught:
        call(NAME) if function.startswith("unload") else call(bench.first, NAME)
    assert caught.value.reason is A("permanent")


def test_unload_driver_returns_when_somebody_loads_the_driver_again(bench):
    bench.bring_to("OK")
    port = bench.me.open_port(("spawn_driver", NAME))
    bench.me.port_control(port, 1, b"")
    returned = []

    async def unloader(process):
        process.erl_ddll.try_load(bench.first, NAME)
        await process.sleep(0.1)
        await process.erl_ddll.unload_driver(NAME)
        returned.append(bench.state())

    bench.emu.spawn(unloader)
    bench.settle()
    bench.mine.try_unload(NAME)
    bench.me.sleep(0.2)
    assert (bench.state(), returned) == ("FORCE_UNLOAD", [])
    bench.mine.load(bench.first, NAME)
    bench.settle()
    assert returned == ["OK"]


def test_an_atom_is_used_as_a_name_in_messages(bench):
    bench.bring_to("OK")
    reference = bench.mine.monitor(NAME, "unloaded")
    bench.mine.unload(NAME)
    bench.settle()
    assert bench.me.flush() == [(A("DOWN"), reference, A("driver"), Atom(NAME), A("unloaded"))]
