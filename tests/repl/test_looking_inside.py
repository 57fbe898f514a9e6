"""The commands that show what is in the emulator."""

from pathlib import Path

import pytest

DRIVERS = Path(__file__).with_name("drivers")


@pytest.fixture
def with_busy_port(talk):
    talk(f'erl_ddll:load_driver("{DRIVERS}", "busy_drv").', 'P = open_port({spawn_driver, "busy_drv"}, []).')
    talk("port_control(P, 1, []).")
    return talk


def test_a_sender_that_a_busy_port_has_suspended_is_seen_everywhere(with_busy_port):
    talk = with_busy_port
    pid = talk('S = spawn(fun() -> port_command(P, "x"), io:format("sent~n") end).').strip()
    talk("run().")
    (row,) = [line for line in talk("i().").splitlines() if line.startswith(pid)]
    assert "suspended" in row
    assert "busy #Port<0.5>" in row
    (row,) = [line for line in talk("ports().").splitlines() if line.startswith("#Port<0.5>")]
    assert row.split()[3:4] == ["busy"]
    assert row.endswith(pid)
    assert f"suspended senders     {pid}" in talk("port(P).")
    assert "busy_port" in talk("port(P).")
    talk("port_control(P, 0, []).")
    assert "sent\n" in talk("run().")
    assert "busy" not in talk("i().")
    assert 'Shell got {#Port<0.5>,{data,"x"}}' in talk("flush().")


def test_looking_moves_nobody(with_digest):
    talk = with_digest
    steps = talk.shell.world.steps
    for command in (
        "i().", "regs().", "ports().", "port(P).", "drivers().", "driver(digest_drv).", "schedulers().", "runq().",
        "async().", "jobs().", "timers().", "threads().", "locks().", "tracepoints().", "clock().", "b().", "h().",
        "schedule().", "help().", "1 + 2.",
    ):  # fmt: skip
        printed = talk(command)
        assert "** exception" not in printed, printed
        assert talk.shell.world.steps == steps, command


def test_drivers_are_listed_with_their_users_and_references(with_digest):
    row = with_digest("drivers().").splitlines()[1].split()
    assert row[:4] == ["digest_drv", "ok", "1", "3"]
    text = with_digest("driver(digest_drv).")
    assert "control" in text
    assert "ready_async" in text
    assert "bad argument" in with_digest("driver(no_such).")


def test_registered_names(with_digest):
    talk = with_digest
    talk("register(me, self()), register(port, P).")
    assert talk("regs().").splitlines()[1:] == [
        "me    <0.81.0>     erlang:apply/2",
        "port  #Port<0.5>   digest_drv",
        "ok",
    ] or "digest_drv" in talk("regs().")
    assert "registered name       port" in talk("port(port).")


def test_what_is_no_port_is_a_bad_argument(talk):
    assert talk("port(no_port).").startswith("** exception error: bad argument")
    assert talk("port(1).").startswith("** exception error: bad argument")


def test_timers_show_when_they_are_due(talk):
    talk("erlang:send_after(1500, self(), late).")
    assert "1500.000" in talk("timers().")
    talk("time(1000).")
    assert "500.000" in talk("timers().")
    talk("time(500).")
    assert "Shell got late" in talk("flush().")


def test_locks_are_counted_and_their_holders_shown(with_digest):
    talk = with_digest
    talk("until(driver_ready_async).")
    held = talk("locks().").splitlines()
    assert any(line.startswith(("shell", "scheduler 1", "1_scheduler")) for line in held)
    assert any("port_lock" in line for line in held)


def test_watched_tracepoints_are_shown_as_they_are_passed(with_digest):
    talk = with_digest
    talk("watch([aio_pool_get, aio_ready]).")
    printed = talk("run().")
    assert "aio_pool_get" in printed
    assert "aio_ready job=1" in printed
    assert "driver_ready_async" not in printed
    assert "* aio_ready" in talk("tracepoints().")
    talk("unwatch(aio_ready).")
    printed = talk("port_command(P, []).", "run().")
    assert "aio_pool_get" in printed
    assert "aio_ready" not in printed
    talk("unwatch().", "watch().")
    assert "driver_output" in talk("port_command(P, []).")
    talk("unwatch().")
    assert talk("watch(no_such).").startswith("** exception error: bad argument")


def test_help_names_every_command_once(talk):
    text = talk("help().")
    assert text.endswith("true\n")
    names = [line.partition("(")[0] for line in text.splitlines() if " -- " in line]
    assert set(names) - {"v", "e", "f"} <= set(talk.shell.commands.names())
    assert {"ports", "jobs", "step", "until", "back", "watch", "save", "save_test", "f", "b", "v"} <= set(names)
