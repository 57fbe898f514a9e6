"""The observer as its users start it: in a real terminal, for a browser, from the shell; and where it cannot start."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from erts_emu.observe.observer.opening import ObserverUnavailable, require
from tests.repl.oracle import PROGRAM, TOP
from tests.repl.terminal import PATIENCE, Terminal

pytest.importorskip("textual")
in_a_terminal = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

SCRIPT = """
ok = erl_ddll:load_driver("{drivers}", "digest_drv").
Ports = [open_port({{spawn_driver, "digest_drv"}}, [binary]) || _ <- lists:seq(1, 3)].
io:format("~p ports~n", [length(Ports)]).
"""


@pytest.fixture
def environment(tmp_path):
    return {
        "PYTHONPATH": str(TOP), "XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "screen-256color",
        "LC_ALL": "C.UTF-8", "PROMPT_TOOLKIT_NO_CPR": "1", "PATH": os.environ["PATH"],
    }  # fmt: skip


@pytest.fixture
def script(tmp_path):
    from erts_emu import bundled_drivers

    path = tmp_path / "three_ports.erl"
    path.write_text(SCRIPT.format(drivers=bundled_drivers()), encoding="utf-8")
    return str(path)


@pytest.fixture
def terminal(environment):
    terminals = []

    def terminal(*arguments, command=PROGRAM):
        terminals.append(Terminal([*command, *arguments], environment, columns=80, rows=24))
        return terminals[-1]

    yield terminal
    for each in terminals:
        each.close()


@in_a_terminal
def test_a_script_is_watched_in_a_terminal_of_80_columns(terminal, script):
    observer = terminal("observer", "+A", "2", "--threads", "simulated", "--seed", "5", script)
    observer.wait_for(r"three_ports.erl +simulated threads +paused")
    screen = observer.wait_for(r"n Step b Back u Until \? Keys q Quit")
    assert "7 Output" in screen, "the tabs fit, as the keys do"
    assert "step 0 " in screen
    observer.press("Space")
    observer.wait_for(r"simulated threads +ended +status 0")
    screen = observer.wait_for(r"3 of 3 ports")
    assert "#Port<0.7>" in screen
    observer.press("4")
    observer.wait_for(r"async_2 ")
    observer.press("7")
    observer.wait_for(r"^ 3 ports$")
    observer.press("q")
    assert observer.wait_for_end() == 0
    assert "3 ports" in observer.screen(), "what the script wrote is on the terminal afterwards"


@in_a_terminal
def test_the_shell_gives_its_terminal_to_the_observer_and_takes_it_back(terminal):
    shell = terminal("+A", "3")
    shell.wait_for(r"^1> ?$")
    shell.type("observer().")
    shell.press("Enter")
    shell.wait_for(r"shell +real threads +running")
    shell.press("4")
    shell.wait_for(r"async_3")
    shell.press("q")
    shell.wait_for(r"^2> ?$")
    shell.type("1 + 1.")
    shell.press("Enter")
    shell.wait_for(r"^2\n3> ?$")
    shell.type("q().")
    shell.press("Enter")
    assert shell.wait_for_end() == 0


PROGRAM_OF_SOMEBODY = """
from erts_emu import Emulator
from erts_emu.driver import Driver
from erts_emu.observe.observer import observe

class D(Driver):
    driver_name = "somebodys_drv"

with Emulator() as emu, emu.attach() as me:
    me.erl_ddll.load(D, "somebodys_drv")
    me.open_port(("spawn_driver", "somebodys_drv"), [])
    observe(emu, title="somebody's")
    print("left with", len(emu.ports), "port")
"""


@in_a_terminal
def test_a_python_program_opens_an_observer_on_its_emulator(terminal, environment, tmp_path):
    program = tmp_path / "somebodys.py"
    program.write_text(PROGRAM_OF_SOMEBODY, encoding="utf-8")
    window = terminal(command=[sys.executable, str(program)])
    window.wait_for(r"somebody's +real threads +running")
    window.wait_for(r"#Port<0.5> +somebodys_drv")
    window.press("q")
    assert window.wait_for_end() == 0
    assert "left with 1 port" in window.screen()


def test_browsers_get_a_page_of_their_own_that_needs_nothing_from_elsewhere(environment, script):
    aiohttp = pytest.importorskip("aiohttp")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    arguments = [*PROGRAM, "observer", "--serve", str(port), script]
    observer = subprocess.Popen(arguments, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        page = fetched(f"http://localhost:{port}/")
        assert "erts-emu observer" in page
        assert [word for word in page.split('"') if "://" in word and "localhost" not in word] == []
        painted = asyncio.run(painted_at(aiohttp, f"http://localhost:{port}/ws?width=80&height=24", b"#Port<0.6>"))
        assert b"three_ports.erl" in painted
        observer.send_signal(signal.SIGINT)
        assert observer.wait(PATIENCE) == 0, "Ctrl-C is the way to end it"
    finally:
        observer.kill()
        observer.wait()


def test_what_serves_browsers_ends_with_the_observed_process_even_if_that_is_killed(environment, script):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    arguments = [*PROGRAM, "observer", "--serve", str(port), script]
    observer = subprocess.Popen(arguments, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        fetched(f"http://localhost:{port}/")
    finally:
        observer.kill()
        observer.wait()
    deadline = time.monotonic() + PATIENCE
    while served(port):
        assert time.monotonic() < deadline, "somebody still serves"
        time.sleep(0.05)


def served(port):
    try:
        socket.create_connection(("localhost", port), 1.0).close()
    except OSError:
        return False
    return True


def fetched(address):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(address) as answer:
                return answer.read().decode()
        except OSError:
            assert time.monotonic() < deadline, "nobody serves"
            time.sleep(0.05)


async def painted_at(aiohttp, address, wanted):
    """What the face of a page has painted until *wanted* is there."""
    painted = b""
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
        while wanted not in painted:
            message = await socket.receive(PATIENCE)
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT)
            painted += message.data if isinstance(message.data, bytes) else message.data.encode()
    return painted


def run(environment, *arguments):
    return subprocess.run(
        [*PROGRAM, "observer", *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_without_a_terminal_it_says_what_to_do(environment, script):
    answer = run(environment, script)
    assert answer.returncode == 1
    assert answer.stderr == (
        "erts-emu observer: the observer needs a terminal: run it in one, or use --serve and a browser\n"
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--threads", "imagined"], "invalid choice"),
        (["--seed", "1", "--threads", "real", "x.erl"], "--seed is for simulated threads"),
        (["--serve", "x", "y"], "--serve takes the number of a port, not x"),
        (["a", "b"], "unrecognized arguments: b"),
    ],
)
def test_a_wrong_command_line(environment, arguments, complaint):
    answer = run(environment, *arguments)
    assert answer.returncode == 2
    assert "usage: erts-emu observer" in answer.stderr
    assert complaint in answer.stderr


@pytest.mark.parametrize(("module", "browser"), [("textual", None), ("textual_serve", object())])
def test_a_missing_package_is_named_with_the_way_to_install_it(monkeypatch, module, browser):
    monkeypatch.setitem(sys.modules, module, None)
    package = module.replace("_", "-")
    with pytest.raises(ObserverUnavailable, match=rf"the package {package}: .*pip install 'erts_emu\[observer\]'"):
        require(browser)
