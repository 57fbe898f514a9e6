"""Moving simulated threads and time by hand, and back."""

import subprocess
import sys
import threading
import time

import pytest

STATIONS = (
    ("aio_pool_get", "async_invoke is running"),
    ("aio_ready", "scheduler 1 completes it"),
    ("driver_ready_async", "ready_async is running"),
)


def station(talk):
    """Where the only job is."""
    lines = talk("jobs().").splitlines()
    return lines[1].split(maxsplit=3)[3] if len(lines) > 2 else "done"


def test_a_job_waits_until_its_thread_is_moved(with_digest):
    assert station(with_digest) == "in the input queue"
    assert station(with_digest) == "in the input queue"


def test_a_job_is_taken_through_all_its_stations(with_digest):
    talk = with_digest
    for tracepoint, expected in STATIONS:
        printed = talk(f"until({tracepoint}).")
        assert printed.endswith("true\n")
        assert tracepoint in printed
        assert station(talk) == expected
        if tracepoint == "aio_pool_get":
            talk("step(async_1, 3).", "step(async_2, 3).")
            assert station(talk) == "in the ready queue of scheduler 1"
    talk("run().")
    assert station(talk) == "done"
    assert "{data,<<0,0,0,1,0," in talk("flush().")


def test_steps_are_shown_one_by_one(with_digest):
    talk = with_digest
    lines = talk("step(3).").splitlines()
    assert len(lines) == 4
    assert lines[3] == "3"
    assert lines[0].split()[0] in ("1_scheduler", "async_1", "async_2")
    assert talk("step(1000).").splitlines()[-1] != "1000"
    assert talk("step().") == "nobody can go on\n0\n"


def test_one_thread_is_moved_and_the_others_stand_still(with_digest):
    talk = with_digest
    assert [line.split()[0] for line in talk("step('1_scheduler', 2).").splitlines()[:-1]] == ["1_scheduler"] * 2
    assert station(talk) == "in the input queue"
    assert talk("step(no_thread).").startswith("** exception error: bad argument")
    assert talk("step(main).").startswith("** exception error: bad argument")


def test_time_passes_only_when_it_is_told_to(talk):
    assert talk('spawn(fun() -> timer:sleep(60000), io:format("awake~n") end), ok.') == "ok\n"
    talk("run().")
    assert talk("clock().") == "0\n" or float(talk("clock().")) < 10
    assert "awake" not in talk("time(59000).")
    assert "awake\n" in talk("time(1100).")


def test_until_lets_time_pass_as_far_as_somebody_waits_for_it(talk):
    talk("spawn(fun() -> timer:sleep(5000), exit(over) end).")
    assert talk("until(process_exit).").endswith("true\n")
    assert 5000 <= float(talk("clock().")) < 5010
    before = talk("clock().")
    assert talk("until(driver_init).") == "false\n"
    assert talk("clock().") == before
    assert talk("until(no_such).").startswith("** exception error: bad argument")


def test_a_step_is_taken_back(with_digest):
    talk = with_digest
    talk("step(4).")
    before = talk("threads()."), talk("jobs().")
    step = talk("step().")
    assert (talk("threads()."), talk("jobs().")) != before
    assert talk("back().") == "ok\n"
    assert (talk("threads()."), talk("jobs().")) == before
    assert talk("step().") == step


def test_one_step_of_many_is_taken_back(with_digest):
    talk = with_digest
    talk("step(4).")
    before = talk("threads().")
    talk("step().", "back(5).")
    assert station(talk) == "in the input queue"
    talk("step(4).")
    assert talk("threads().") == before


def test_a_command_is_taken_back_with_its_bindings(talk):
    talk("X = self().")
    talk("self() ! first.", "Y = self().", "Z = 1.")
    talk("back().")
    assert talk("Y.") == "* 1:1: variable 'Y' is unbound\n"
    assert talk("{X, Z}.") == "{<0.81.0>,1}\n"
    assert "Shell got first" in talk("flush().")
    talk("back(2).")
    assert talk("flush().") == "ok\n"


def test_there_is_an_end_to_going_back(talk):
    talk("self().")
    assert "nothing is left to take back" in talk("back(5).")
    assert talk("self().") == "<0.81.0>\n"


def test_what_does_not_happen_again_is_noticed(talk, tmp_path):
    file = tmp_path / "count"
    file.write_text("")
    talk(f'{{ok, B}} = file:read_file("{file}").')
    talk("[self() ! X || X <- lists:seq(1, 1 + byte_size(B))], timer:sleep(0).")
    talk("timer:sleep(1), ok.")
    file.write_text("more")
    assert "something outside the simulation" in talk("back().")


def test_a_command_that_would_wait_for_ever_is_killed(talk):
    printed = talk("receive never -> ok end.")
    assert printed == "nobody can go on, and this would wait for ever: it is killed\n** exception exit: killed\n"
    assert talk("1 + 2.") == "3\n"
    assert talk("self().") == "<0.82.0>\n"


def test_threads_cannot_be_moved_from_within_a_process(talk):
    assert talk("{self(), step()}.").startswith("** exception error: {not_alone,")
    assert talk("X = self(), step().").splitlines()[-1] in ("0", "1")


def test_real_threads_are_not_moved_by_hand(talking):
    talk = talking(threads="real")
    for command in ("step().", "time(1).", "until(port_open).", "run().", "back().", "clock().", "schedule()."):
        assert talk(command).startswith("** exception error: {not_simulated,"), command


def test_a_session_is_saved_as_a_script(with_digest, tmp_path, capfd):
    from erts_emu import Emulator
    from erts_emu.shell.script import run_script

    talk = with_digest
    talk("step(2).", "jobs().", "until(message_send).", "1/0.", "A = {v(1), v(2)}.")
    talk('receive {_, {data, D}} -> byte_size(D) end, io:format("~p~n", [byte_size(D)]).')
    script = tmp_path / "saved.erl"
    assert talk(f'save("{script}").') == "ok\n"
    text = script.read_text()
    assert "%% step(2)." in text
    assert "jobs()" not in text
    assert "catch begin 1 / 0 end." in text
    assert "A = {Value1, Value2}." in text
    assert run_script(lambda: Emulator(threads="simulated"), text, str(script)) == 0
    assert capfd.readouterr().out == "45\n"


def test_a_session_is_saved_as_a_test(with_digest, tmp_path):
    talk = with_digest
    talk("step(2).", "jobs().", "until(driver_async_invoke).", "back().", "run().", "flush().", "1/0.", "i().")
    file = tmp_path / "test_saved.py"
    assert talk(f'save_test("{file}").') == "ok\n"
    assert "def test_saved():" in file.read_text()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode()
    file.write_text(file.read_text().replace("exception error", "exception exit"))
    namespace = {}
    exec(compile(file.read_text(), str(file), "exec"), namespace)
    with pytest.raises(AssertionError, match="1/0"):
        namespace["test_saved"]()


def test_a_file_that_cannot_be_written_is_a_bad_argument(talk, tmp_path):
    assert talk(f'save("{tmp_path}/no/such").').startswith("** exception error: bad argument")


LOOPS = ("(fun F() -> F() end)().", "(fun F() -> self(), F() end)().", "receive never -> ok end.")


@pytest.mark.parametrize("loop", LOOPS)
def test_what_runs_for_ever_is_interrupted(talking, loop):
    talk = talking(threads="real")
    talk("X = 1, self().")

    def interrupt():
        while b"round" not in talk.stream.data:
            time.sleep(0.01)
        talk.shell.world.interrupt()

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    assert talk(f'io:format("round~n"), {loop}') == "round\n** exception exit: killed\n"
    interrupter.join()
    assert talk("X.") == "1\n"


def test_an_evaluator_that_dies_between_commands_is_reported_before_the_next(talking):
    talk = talking(threads="real")
    talk("X = 1, spawn_link(fun() -> exit(boom) end).")
    deadline = time.monotonic() + 60
    while not talk.shell.world.is_disturbed():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert talk("X.") == "1\n"
    assert talk("self().") != "<0.81.0>\n"


def test_a_crash_of_a_simulated_thread_does_not_end_the_shell(talk):
    talk("X = self().")

    def crash():
        raise ZeroDivisionError

    talk.shell.simulated_layer.spawn("doomed", crash)
    printed = talk("run().")
    assert "thread doomed ended with an exception" in printed
    assert printed.endswith("** exception error: simulation_over\n")
    assert talk("1 + 2.") == "3\n"
