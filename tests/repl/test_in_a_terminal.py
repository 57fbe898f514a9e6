"""The shell in a real terminal: what is typed, what is seen."""

import os
import shutil
from pathlib import Path

import pytest

from tests.repl.oracle import PROGRAM, TOP
from tests.repl.terminal import Terminal

DRIVERS = Path(__file__).with_name("drivers")

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
def shell(tmp_path):
    """Start the shell in a terminal; its history lives in the test's own folder."""
    terminals = []

    def shell(*arguments):
        env = {
            "PYTHONPATH": str(TOP), "XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "screen-256color",
            "LC_ALL": "C.UTF-8", "PROMPT_TOOLKIT_NO_CPR": "1", "PATH": os.environ["PATH"],
        }  # fmt: skip
        terminals.append(Terminal([*PROGRAM, *arguments], env))
        terminals[-1].wait_for(r"^1> ?$")
        return terminals[-1]

    yield shell
    for terminal in terminals:
        terminal.close()


def enter(terminal, number, command, answer):
    """Enter command *number*, and wait for what it prints and for the next prompt."""
    terminal.type(command)
    terminal.press("Enter")
    return terminal.wait_for(f"{answer}\n(?s:.*)^{number + 1}> ?$")


def test_editing_completion_history_and_errors(shell):
    terminal = shell()
    assert "Erlang/OTP 25 [erts-13.1.5] [erts_emu" in terminal.screen()
    assert "Eshell V13.1.5  (abort with ^G)" in terminal.screen()
    # Completion: of a module, of a function with its arities, of a variable.
    terminal.type("lists")
    terminal.press("Tab")
    terminal.wait_for(r"^1> lists:$")
    terminal.type("ma")
    terminal.press("Tab")
    terminal.press("Tab")
    terminal.wait_for(r"mapfoldl/3 +mapfoldr/3")
    terminal.type("x(")
    terminal.wait_for(r"max.*\x1b\[[0-9;]+m\(", "-e")
    enter(terminal, 1, "[1,3,2]).", r"^3")
    enter(terminal, 2, "Unusual = {a, 'b c'}.", r"^{a,'b c'}")
    terminal.type("Unu")
    terminal.press("Tab")
    terminal.wait_for(r"^3> Unusual$")
    enter(terminal, 3, ".", r"^{a,'b c'}")
    # Several lines, a string with a line break in it.
    terminal.type('X = "one')
    terminal.press("Enter")
    terminal.wait_for(r'^4> X = "one\n4> ?$')
    enter(terminal, 4, 'two".', r'^"one\\ntwo"')
    # Errors: of syntax, of evaluation; bindings are kept, and the process is another one.
    terminal.type("foo bar.")
    terminal.press("Enter")
    terminal.wait_for(r"^\* 1:5: syntax error before: bar\n5> ?$")
    first = enter(terminal, 5, "P = self().", r"^<0\.\d+\.0>")
    enter(
        terminal, 6, "1/0.", r"^\*\* exception error: an error occurred when evaluating an arithmetic expression(?s:.*)"
    )
    assert "in operator  '/'/2\n        called as 1 / 0" in terminal.screen()
    enter(terminal, 7, "{X, P == self()}.", r'^{"one\\ntwo",false}')
    assert first
    # History: the last command, and one that is searched for.
    terminal.press("Up", "Up")
    enter(terminal, 8, "", r"^\*\* exception error(?s:.*)^\*\* exception error(?s:.*)")
    terminal.press("C-r")
    terminal.type("Unusual =")
    terminal.wait_for(r"Unusual = {a, 'b c'}\.(?s:.*)Unusual = {a, 'b c'}\.")
    terminal.press("Enter")
    terminal.press("Enter")
    terminal.wait_for(r"^9> Unusual = {a, 'b c'}\.\n{a,'b c'}\n10> ?$")
    # Ctrl-D deletes, and ends nothing.
    terminal.press("C-d")
    enter(terminal, 10, "2 + 2.", "^4")
    # What happens while nobody types: output and a report above the prompt, the end of the evaluator.
    terminal.type("Half = 1, ")
    command = 'spawn(fun() -> timer:sleep(300), io:format("from afar~n"), 1/0 end).'
    enter(terminal, 11, command, r"^<0\.\d+\.0>\nfrom afar(?s:.*)^Error in process(?s:.*)")
    terminal.type("spawn_link(fun() -> receive after 300 -> exit(boom) end end).")
    terminal.press("Enter")
    terminal.wait_for(r"^\*\* exception error: boom\n13> ?$")
    # Ctrl-C: the break menu, at the prompt and while something runs.
    terminal.press("C-c")
    terminal.wait_for(r"BREAK: \(a\)bort")
    terminal.type("c")
    terminal.press("Enter")
    terminal.type('io:format("round~n"), (fun F() -> F() end)().')
    terminal.press("Enter")
    terminal.wait_for("^round$")
    terminal.press("C-c")
    terminal.wait_for(r"BREAK(?s:.*)BREAK: \(a\)bort")
    terminal.type("k")
    terminal.press("Enter")
    terminal.wait_for(r"^\*\* exception exit: killed\n14> ?$")
    enter(terminal, 14, "Half.", "^1")
    terminal.type("q().")
    terminal.press("Enter")
    assert terminal.wait_for_end() == 0


def test_the_history_outlives_the_shell(shell):
    terminal = shell()
    enter(terminal, 1, "quite_unlikely.", "^quite_unlikely")
    terminal.press("C-c")
    terminal.wait_for("BREAK")
    terminal.type("a")
    terminal.press("Enter")
    assert terminal.wait_for_end() == 0
    terminal = shell()
    terminal.press("Up")
    terminal.wait_for(r"^1> quite_unlikely\.$")
    enter(terminal, 1, "", "^quite_unlikely")
    terminal.press("C-g")
    terminal.wait_for("User switch command\n --> ?$")
    terminal.type("q")
    terminal.press("Enter")
    assert terminal.wait_for_end() == 0


def test_a_process_can_end_the_shell_while_it_waits(shell):
    terminal = shell()
    terminal.type("spawn(fun() -> receive after 200 -> halt(7) end end).")
    terminal.press("Enter")
    assert terminal.wait_for_end() == 7


def test_a_busy_sender_is_seen_suspended(shell):
    terminal = shell()
    enter(terminal, 1, f'erl_ddll:load_driver("{DRIVERS}", "busy_drv").', "^ok")
    enter(terminal, 2, 'P = open_port({spawn_driver, "busy_drv"}, []).', r"^#Port<0\.\d+>")
    enter(terminal, 3, "port_control(P, 1, []).", r"^\[\]")
    enter(terminal, 4, 'spawn(fun() -> port_command(P, "x"), io:format("sent~n") end), timer:sleep(50).', "^ok")
    screen = enter(terminal, 5, "ports().", "^ok")
    assert "busy_drv  <0.81.0>  busy" in screen
    assert "<0.82.0>\nok" in screen
    assert "suspended" in enter(terminal, 6, "i().", "^ok(?s:.*)^ok(?s:.*)^ok")
    enter(terminal, 7, "port_control(P, 0, []), timer:sleep(50).", "^sent\nok")
    enter(terminal, 8, "flush().", r'^Shell got {#Port<0\.\d+>,{data,"x"}}')


def test_an_async_job_is_stepped_through_all_its_stations(shell):
    terminal = shell("--threads", "simulated", "+A", "2")
    assert "[threads:simulated]" in terminal.screen()
    enter(terminal, 1, 'erl_ddll:load_driver(bundled(), "digest_drv").', "^ok")
    enter(terminal, 2, 'P = open_port({spawn_driver, "digest_drv"}, [binary]).', r"^#Port<0\.\d+>")
    enter(terminal, 3, 'port_command(P, "/etc/hostname"), jobs().', "async_2  in the input queue\nok")
    terminal.type("until(aio_pool_g")
    terminal.press("Tab")
    terminal.wait_for(r"^4> until\(aio_pool_get$")
    enter(terminal, 4, "), jobs().", "async_2  async_invoke is running\nok")
    enter(terminal, 5, "step(async_2).", r"^async_2 +trylock <Mutex async_enq_mtx:1> in AsyncThread\.main .*\n1")
    enter(terminal, 6, "step(async_2), jobs().", "in the ready queue of scheduler 1\nok")
    enter(terminal, 7, "until(aio_ready), jobs().", "scheduler 1 completes it\nok")
    enter(terminal, 8, "until(driver_ready_async), jobs().", "ready_async is running\nok")
    enter(terminal, 9, "back(), jobs().", "^ok")
    enter(terminal, 10, "jobs().", "scheduler 1 completes it\nok")
    enter(terminal, 11, "run().", r"^\d+")
    enter(terminal, 12, "jobs().", "^Job  Port  Thread  Station\nok")
    enter(terminal, 13, "flush().", r"{data,<<0,0,0,1,.*")
