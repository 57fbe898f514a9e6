"""What is observed: scripts on both kinds of threads, shells; steered through the link, as a face does it."""

import io
import pickle
import threading

import pytest

from erts_emu import ANY, Emulator
from erts_emu.driver import Driver, driver_async, driver_output
from erts_emu.observe.observer.link import LinkLost, Server, SocketLink
from erts_emu.observe.observer.output import Kept
from erts_emu.observe.observer.samples import Order, Question
from erts_emu.observe.observer.sampling import Sampler
from erts_emu.observe.observer.scripts import ScriptOnRealThreads, ScriptOnSimulatedThreads
from erts_emu.observe.observer.shells import ObservedShell, ShellOfItsOwn
from erts_emu.observe.observer.subjects import EmulatorSubject
from erts_emu.observe.observer.tables import TABLES
from erts_emu.shell.repl.console import Console
from erts_emu.shell.repl.playing import execute_text
from erts_emu.shell.repl.shell import Shell

SCRIPT = """
ok = erl_ddll:load_driver(code:priv_dir(erts_emu), "echo_drv").
P = open_port({spawn_driver, "echo_drv"}, [binary]).
Q = open_port({spawn_driver, "echo_drv"}, [binary]).
[begin X ! {self(), {command, "hello"}}, receive {X, {data, D}} -> io:format("~s~n", [D]) end end || X <- [P, Q, P]].
port_close(Q).
io:format("end~n").
"""
STOPPED = ("paused", "ended", "halted")


@pytest.fixture
def script(tmp_path):
    from erts_emu import bundled_drivers

    return SCRIPT.replace("code:priv_dir(erts_emu)", f'"{bundled_drivers()}"')


class Run:
    """A subject with a sampler."""

    def __init__(self, subject, kept):
        self.subject = subject
        self.kept = kept
        self.sampler = Sampler(subject, kept)
        subject.start()

    def order(self, name, count=1, text=""):
        return self.subject.obey(Order(name, count, text))

    def sample(self, **question):
        return self.sampler.answer(Question(**question))

    def until(self, condition, **question):
        waiting = threading.Event()
        for _ in range(2000):
            sample = self.sample(**question)
            if condition(sample):
                return sample
            waiting.wait(0.01)
        raise AssertionError(f"the condition has not come true: {sample}")

    def stopped(self):
        return self.until(lambda sample: sample.run.phase in STOPPED)


@pytest.fixture
def simulated(script):
    kept = Kept()
    run = Run(ScriptOnSimulatedThreads(script, "script", {"async_threads": 2}, seed=7, kept=kept), kept)
    yield run
    run.subject.close()


def test_a_simulated_script_waits_at_its_first_step(simulated):
    sample = simulated.stopped()
    assert (sample.run.phase, sample.run.steps) == ("paused", 0)
    assert sample.run.thread
    assert sample.run.doing


def test_steps_are_counted_and_name_who_takes_the_next_one(simulated):
    simulated.stopped()
    simulated.order("step", 25)
    first = simulated.stopped().run
    assert first.steps == 25
    simulated.order("step")
    second = simulated.stopped().run
    assert second.steps == 26
    assert (first.thread, first.doing) != (second.thread, second.doing)


def test_going_back_leads_to_where_the_run_was(simulated):
    simulated.stopped()
    simulated.order("until", text="driver_output")
    at = simulated.stopped()
    ports = at.rows
    assert simulated.order("step", 10) == ""
    assert simulated.order("back", 10) == ""
    again = simulated.stopped()
    assert again.run == at.run
    assert again.rows == ports
    assert [row.bytes_out for row in again.rows] == [5, 0]


def test_a_run_stops_where_a_tracepoint_is_passed(simulated):
    simulated.stopped()
    assert simulated.order("until", text="port_open") == "passed port_open"
    assert simulated.sample().totals.ports == 1
    assert simulated.order("until", text="port_terminate") == "passed port_terminate"
    assert "hello\nhello\nhello\n" in simulated.sample().written.text
    assert "no tracepoint is called nonsense" in simulated.order("until", text="nonsense")


def test_a_script_that_has_ended_can_be_taken_back(simulated):
    simulated.stopped()
    simulated.order("go")
    ended = simulated.until(lambda sample: sample.run.phase == "ended")
    assert simulated.subject.status == 0
    assert ended.written.text.endswith("end\n")
    assert simulated.order("step") == "the script has ended: go back with b"
    simulated.order("back", ended.run.steps)
    began = simulated.stopped()
    assert (began.run.phase, began.run.steps, began.totals.ports) == ("paused", 0, 0)
    known = ended.written.end
    assert simulated.sample(output_from=known).written.anew, "what was written is going to be written again"


def test_the_same_seed_leads_the_same_way_and_another_one_elsewhere(script):
    def way(seed):
        run = Run(ScriptOnSimulatedThreads(script, "script", {"async_threads": 2}, seed=seed), Kept())
        run.stopped()
        steps = []
        for _ in range(40):
            run.order("step")
            steps.append(run.sample().run.doing)
        run.subject.close()
        return steps

    assert way(1) == way(1)
    assert way(1) != way(2)


def test_what_goes_on_for_long_can_be_paused_by_somebody_else():
    run = Run(ScriptOnSimulatedThreads("F = fun(G) -> timer:sleep(1), G(G) end, F(F).\n", "script", {}), Kept())
    run.stopped()
    said = []
    waiting = threading.Thread(target=lambda: said.append(run.order("until", text="port_open")))
    waiting.start()
    run.until(lambda sample: sample.run.phase == "running" and sample.run.steps > 100)
    run.order("pause")
    waiting.join()
    assert said == ["port_open was not passed"]
    assert run.stopped().run.phase == "paused"
    run.subject.close()


def test_a_deadlock_ends_the_run_and_says_so():
    kept = Kept()
    run = Run(ScriptOnSimulatedThreads("receive never -> ok end.\n", "script", {}, kept=kept), kept)
    run.stopped()
    run.order("go")
    sample = run.until(lambda sample: sample.run.phase == "ended")
    assert "deadlock" in sample.run.message
    assert run.subject.status == 1
    run.subject.close()
    assert "to see it again" in sample.written.text


def test_a_port_is_looked_into_with_its_history(simulated):
    simulated.stopped()
    simulated.order("until", text="driver_output")
    port = simulated.sample().rows[0].id
    simulated.sample(port=port.number, follow=True)
    simulated.order("go")
    simulated.until(lambda sample: sample.run.phase == "ended", port=port.number, follow=True)
    life = simulated.sample(table=None, port=port.number, follow=True).port
    names = [event.name for event in life.events]
    assert names[:2] == ["driver_start", "port_open"]
    assert "driver_output" in names
    assert life.now.bytes_out == 10
    other = simulated.sample(table=None, port=port.number + 1).port
    assert other.now is None
    assert [event.name for event in other.events][-1] == "port_terminate"
    assert "driver_output" not in [event.name for event in other.events], "only one port is followed"


def test_a_script_on_real_threads_goes_on_by_itself(script):
    kept = Kept()
    run = Run(ScriptOnRealThreads(script, "script", {"async_threads": 2}, kept=kept), kept)
    sample = run.until(lambda sample: sample.run.phase == "ended")
    assert sample.run.message == "status 0"
    assert sample.totals.ports == 1
    assert kept.everything() == b"hello\nhello\nhello\nend\n"
    assert "cannot be steered" in run.order("step")
    run.subject.close()
    assert run.sample().totals.ports == 1, "a halted emulator can still be looked at"


def test_a_script_that_halts_says_with_which_status():
    run = Run(ScriptOnRealThreads("self(), halt(3).\n", "script", {}), Kept())
    sample = run.until(lambda sample: sample.run.phase == "halted")
    assert sample.run.message == "halt(3)"
    assert run.subject.status == 3
    run.subject.close()


def test_a_shell_evaluates_what_is_typed_into_the_observer(script):
    kept = Kept()
    own = ShellOfItsOwn(Shell({"threads": "real"}, Console(kept, unicode=True)))
    own.start()
    sampler = Sampler(own.subject, kept)
    assert own.subject.obey(Order("evaluate", text="X = 6 * 7")) == ""
    own.subject.obey(Order("evaluate", text="X + 1."))
    assert sampler.answer(Question()).written.text == "1> X = 6 * 7.\n42\n2> X + 1.\n43\n"
    own.subject.close()
    own.join()


def test_a_simulated_shell_is_stepped_with_its_own_commands(script):
    shell = Shell({"threads": "simulated"}, Console(io.BytesIO(), unicode=True))
    own = ShellOfItsOwn(shell)
    own.start()
    for line in script.splitlines()[1:3]:
        own.subject.obey(Order("evaluate", text=line))
    own.subject.obey(Order("evaluate", text='P ! {self(), {command, "x"}}'))
    own.subject.obey(Order("step", 3))
    state = own.subject.run_state()
    assert (state.threads, state.phase, state.title) == ("simulated", "paused", "shell")
    own.subject.obey(Order("step"))
    own.subject.obey(Order("back"))
    assert own.subject.run_state() == state
    assert [command for command, _ in shell.transcript][-3:] == ["step(3).", "step(1).", "back(1)."]
    own.subject.close()
    own.join()


def test_faces_ask_through_a_socket_and_are_told_when_nobody_answers(simulated):
    simulated.stopped()
    with Server(simulated.sampler) as server:
        first, second = SocketLink(server.folder), SocketLink(server.folder)
        assert first.ask(Question()).run.steps == 0
        assert first.order(Order("step", 5)) == ""
        assert second.ask(Question(table="async")).rows[0].name == "async_1"
        assert second.ask(Question()).run.steps == 5
        first.close()
        assert second.ask(Question()).run.steps == 5
        folder = server.folder
    with pytest.raises(LinkLost, match="nobody answers"):
        second.ask(Question())
    with pytest.raises(LinkLost, match="nobody answers"):
        SocketLink(folder)


def test_an_observed_shell_says_nothing_before_it_has_an_emulator():
    shell = Shell({"threads": "simulated"}, Console(io.BytesIO(), unicode=True))
    sample = Sampler(ObservedShell(shell)).answer(Question())
    assert (sample.run.phase, sample.rows, sample.totals.ports) == ("starting", (), 0)


@pytest.mark.parametrize("last", ["halt().", "q()."])
def test_a_shell_that_has_ended_says_so(last):
    kept = Kept()
    own = ShellOfItsOwn(Shell({"threads": "real"}, Console(kept, unicode=True)))
    own.start()
    own.subject.obey(Order("evaluate", text=last))
    own.join()
    assert own.subject.obey(Order("evaluate", text="1")) == "the shell has ended"
    assert own.subject.run_state().phase == "halted"


def test_a_shell_without_a_terminal_cannot_open_an_observer():
    shell = Shell({"threads": "simulated"}, Console(io.BytesIO(), unicode=True))
    printed = execute_text(shell, "observer().\n")
    assert printed.startswith("** exception error: {not_available,")
    assert "needs a terminal" in printed
    assert shell.leave_for is None


class FleetingDriver(Driver):
    """Its ports come and go, and its jobs with them."""

    driver_name = "fleeting_drv"

    def output(self, data):
        driver_async(self.port, None, len, data, None)

    def ready_async(self, data):
        driver_output(self.port, data)


def test_samples_are_taken_while_everything_comes_and_goes():
    async def pass_by(process):
        await process.send(process.pid, "a message")

    def live(emulator):
        with emulator.attach() as me:
            for _ in range(60):
                me.erl_ddll.load(FleetingDriver, "fleeting_drv")
                ports = [me.open_port(("spawn_driver", "fleeting_drv"), ["binary"]) for _ in range(10)]
                for port in ports:
                    me.port_command(port, b"job")
                    emulator.spawn(pass_by)
                for port in ports:
                    me.receive((port, ANY))
                    me.port_close(port)
                me.erl_ddll.unload("fleeting_drv")

    with Emulator(async_threads=2, schedulers=2, lock_counters=True, strict=True) as emulator:
        sampler = Sampler(EmulatorSubject(emulator, "fleeting"))
        thread = threading.Thread(target=live, args=(emulator,))
        thread.start()
        seen = {}
        number = 0
        while thread.is_alive():
            number += 1
            table = list(TABLES)[number % len(TABLES)]
            sample = sampler.answer(Question(table=table, port=5 + number, follow=number % 2 == 0))
            seen[table] = max(seen.get(table, 0), len(sample.rows))
            pickle.dumps(sample)
            if number % 50 == 0:
                sampler.obey(Order("account"))
        thread.join()
    assert seen["ports"] > 0
    assert seen["drivers"] > 0
    assert seen["locks"] > 0
    assert emulator.driver_errors == []
