"""Nobody starves: what computes leaves time for ports, timers and async jobs, and what waits does, too."""

import pytest

from erts_emu.cli import main

from .scripts_frame import TWINS

LOAD = """
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "ticker_drv").
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "upper_drv").
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "pipe_drv").
Open = fun(Name) -> open_port({spawn_driver, Name}, []) end.
Next = fun(P) -> receive {P, {data, D}} -> D after 20000 -> timeout end end.
"""
BUSY = """
[spawn(fun Spin() -> Spin() end) || _ <- [1, 2, 3]].
"""


@pytest.fixture(params=[("--threads", "simulated"), ("--seed", "3"), ("--threads", "real")], ids=lambda each: each[-1])
def run(request, monkeypatch, tmp_path, capsysbinary):
    """Run a script on one scheduler; returns its output."""

    def run(text):
        monkeypatch.setenv("DRIVERS", str(TWINS))
        file = tmp_path / "script.erl"
        file.write_text(text)
        assert main(["+S", "1:1", "run", *request.param, str(file)]) == 0
        return capsysbinary.readouterr().out.decode()

    return run


@pytest.mark.parametrize("before", ["", BUSY], ids=["alone", "among_loops"])
def test_ports_are_served_while_processes_compute(run, before):
    text = f"""{LOAD}{before}
    T = Open("ticker_drv"), port_control(T, 1, [1, 3]), io:format("~p~n", [[Next(T) || _ <- [1, 2, 3]]]).
    U = Open("upper_drv"), port_command(U, "abc"), io:format("~p~n", [Next(U)]).
    P = Open("pipe_drv"), port_command(P, "input"), io:format("~p~n", [Next(P)]).
    halt(0).
    """
    assert run(text) == '["tick 1","tick 2","tick 3"]\n"ABC"\n"input"\n'


def test_a_process_that_computes_finds_what_its_ports_have_sent_meanwhile(run):
    text = f"""{LOAD}
    T = Open("ticker_drv"), U = Open("upper_drv"), P = Open("pipe_drv").
    port_control(T, 1, [1, 3]), port_command(U, "abc"), port_command(P, "in").
    Spin = fun S() -> case process_info(self(), message_queue_len) of {{_, N}} when N >= 5 -> N; _ -> S() end end.
    io:format("~p~n", [Spin()]).
    halt(0).
    """
    assert run(text) == "5\n"


def test_a_receive_that_matches_nothing_does_not_keep_messages_from_coming(run):
    text = f"""{LOAD}
    T = Open("ticker_drv"), port_control(T, 1, [1, 4]).
    io:format("~p~n", [receive never -> ok after 50 -> process_info(self(), message_queue_len) end]).
    Poll = fun L(0) -> ok; L(N) -> receive never -> ok after 0 -> L(N - 1) end end, Poll(2000).
    io:format("~p~n", [[Next(T) || _ <- [1, 2, 3, 4]]]).
    """
    assert run(text) == '{message_queue_len,4}\n["tick 1","tick 2","tick 3","tick 4"]\n'


def test_processes_that_send_each_other_messages_leave_time_for_ports(run):
    text = f"""{LOAD}
    Pong = fun L() -> receive {{From, ball}} -> From ! {{self(), ball}}, L() end end.
    A = spawn(Pong), B = spawn(Pong), A ! {{B, ball}}.
    T = Open("ticker_drv"), port_control(T, 1, [2, 2]), io:format("~p~n", [[Next(T), Next(T)]]).
    halt(0).
    """
    assert run(text) == '["tick 1","tick 2"]\n'
