"""The state machine: hypothesis tells people what to do, and looks whenever it likes."""

from __future__ import annotations

import sys
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from erts_emu.errors import ErlangError
from erts_emu.terms import Atom, PortId

from . import drivers
from .drivers import KINDS
from .model import BAD_FILE, PERMANENT, Model
from .world import LONGER, Opened, Person, World, new_world

NORMAL = Atom("normal")
REASONS = st.sampled_from([NORMAL, Atom("kill"), Atom("shutdown"), (Atom("because"), 1)])
NUMBERS = st.integers(0, 11)
"""Which of the people, ports or drivers there are, counted in a circle."""
NAMES = st.sampled_from([kind.driver_name for kind in KINDS])
SIZES = st.sampled_from([0, 0, 3000, 9000, -1])
"""Bytes of a command; -1 is a job that takes long."""
MONITOR = st.sampled_from([None, "pending_driver", "pending"])


class Simulation(RuleBasedStateMachine):
    """Random people, ports and drivers under a random schedule."""

    world: World

    @initialize(
        seed=st.integers(0, 2**32 - 1),
        schedulers=st.integers(1, 2),
        trapping=st.lists(st.booleans(), max_size=3),
        killing=st.sets(NAMES),
        opened=st.lists(st.tuples(NUMBERS, NAMES), min_size=1, max_size=5),
    )
    def begin(
        self, seed: int, schedulers: int, trapping: list[bool], killing: set[str], opened: list[tuple[int, str]]
    ) -> None:
        """A few people, most drivers loaded, some with kill_ports, and a few ports."""
        self.world = new_world(seed, schedulers)
        self.schedulers = schedulers
        self.world.add_person(trap_exit=True, scheduler=None)
        for trap_exit in trapping:
            self.world.add_person(trap_exit, scheduler=None)
        for who, name in opened:
            if name not in self.world.models:
                self.load(who, name, 1, name in killing)
            self.open_port(who, name, parallelism=False)

    def teardown(self) -> None:
        world = getattr(self, "world", None)
        if world is None:
            return
        if sys.exc_info()[0] is None:
            world.close()
        else:
            world.emu.halt(flush=False)

    # --- choosing ---

    def person(self, number: int) -> Person | None:
        """Somebody who has time."""
        people = [person for person in self.world.people if person.has_time]
        return people[number % len(people)] if people else None

    def port(self, number: int) -> Opened | None:
        """Any port that is open, as far as is known; sometimes one that has closed."""
        ports = self.world.open_ports() or list(self.world.ports.values())
        return ports[number % len(ports)] if ports else None

    def quiet(self) -> None:
        """While a driver is being reloaded, it matters what comes first: look at each thing alone."""
        if self.world.reloading():
            self.world.settle()

    # --- people ---

    @rule(trap_exit=st.booleans(), bound=st.booleans())
    def somebody_comes(self, trap_exit: bool, bound: bool) -> None:
        if len(self.world.alive()) < 5:
            self.world.add_person(trap_exit, self.schedulers if bound else None)

    @rule(who=NUMBERS, reason=REASONS)
    def somebody_exits(self, who: int, reason: Any) -> None:
        person = self.person(who)
        if person is None:
            return
        self.quiet()

        async def exit_now(process: Any) -> None:
            process.exit_now(reason)

        self.world.order(person, exit_now)
        self.quiet()

    @rule(who=NUMBERS, whom=NUMBERS, reason=REASONS)
    def somebody_sends_an_exit_signal(self, who: int, whom: int, reason: Any) -> None:
        person, alive = self.person(who), self.world.alive()
        if person is None:
            return
        self.quiet()
        target = alive[whom % len(alive)].pid

        async def signal(process: Any) -> None:
            await process.exit_signal(target, reason)

        self.world.order(person, signal)
        self.quiet()

    @rule(who=NUMBERS, whom=NUMBERS, link=st.booleans())
    def people_link(self, who: int, whom: int, link: bool) -> None:
        person, people = self.person(who), self.world.people
        if person is None:
            return
        other = people[whom % len(people)].pid

        async def change(process: Any) -> None:
            try:
                await (process.link(other) if link else process.unlink(other))
            except ErlangError:
                return  # nobody there

        self.world.order(person, change)

    @rule(who=NUMBERS, whom=NUMBERS)
    def somebody_monitors_somebody(self, who: int, whom: int) -> None:
        person, people = self.person(who), self.world.people
        if person is None:
            return
        target = people[whom % len(people)]

        async def monitor(process: Any) -> None:
            person.monitors[await process.monitor(target.pid)] = target

        self.world.order(person, monitor)

    @rule(who=NUMBERS, which=NUMBERS, flush=st.booleans())
    def somebody_demonitors(self, who: int, which: int, flush: bool) -> None:
        person = self.person(who)
        if person is None or not person.monitors:
            return
        reference = list(person.monitors)[which % len(person.monitors)]

        async def demonitor(process: Any) -> None:
            person.demonitored.add(reference)
            await process.demonitor(reference, flush=flush)

        self.world.order(person, demonitor)

    # --- ports ---

    @rule(who=NUMBERS, name=NAMES, parallelism=st.booleans())
    def open_port(self, who: int, name: str, parallelism: bool) -> None:
        person, world = self.person(who), self.world
        if person is None:
            return

        async def open_port(process: Any) -> None:
            settings = ["binary", (Atom("parallelism"), parallelism)]
            try:
                port = await process.open_port(("spawn_driver", name), settings)
            except ErlangError:
                return  # not loaded, or being unloaded by force
            world.note_opened(port, name, person)

        world.order(person, open_port)
        if world.reloading():
            world.settle()

    @rule(who=NUMBERS, which=NUMBERS, size=SIZES, force=st.booleans(), nosuspend=st.booleans(), times=st.integers(1, 4))
    def command(self, who: int, which: int, size: int, force: bool, nosuspend: bool, times: int) -> None:
        person, port, world = self.person(who), self.port(which), self.world
        if person is None or port is None:
            return
        options = {"force": force and port.kind == "moody", "nosuspend": nosuspend}

        async def command(process: Any) -> None:
            for _ in range(times):
                await world.command(process, person, port, size, **options)

        world.order(person, command)

    @rule(who=NUMBERS, which=NUMBERS, size=SIZES, nosuspend=st.booleans(), times=st.integers(1, 4))
    def bang(self, who: int, which: int, size: int, nosuspend: bool, times: int) -> None:
        person, port, world = self.person(who), self.port(which), self.world
        if person is None or port is None:
            return

        async def bang(process: Any) -> None:
            for _ in range(times):
                await world.bang(process, person, port, size, nosuspend)

        world.order(person, bang)

    @rule(
        sends=st.lists(st.tuples(NUMBERS, NUMBERS, SIZES, st.booleans()), min_size=2, max_size=8),
        operation=st.sampled_from([0, drivers.BUSY, drivers.FREE, drivers.DRAIN]),
    )
    def traffic(self, sends: list[tuple[int, int, int, bool]], operation: int) -> None:
        """Many send at the same time, while a port gets busy or free."""
        for who, which, size, as_message in sends:
            if as_message:
                self.bang(who, which, size, nosuspend=False, times=2)
            else:
                self.command(who, which, size, force=False, nosuspend=False, times=3)
        if operation:
            self._control(*sends[0][:2], operation)

    @rule(
        who=NUMBERS,
        which=NUMBERS,
        operation=st.sampled_from([drivers.BUSY, drivers.FREE, drivers.FREE, drivers.DRAIN, drivers.MONITOR]),
    )
    def control(self, who: int, which: int, operation: int) -> None:
        self._control(who, which, operation)

    @rule(who=NUMBERS, which=NUMBERS, operation=st.sampled_from([drivers.FAIL, drivers.EXIT]))
    def fail(self, who: int, which: int, operation: int) -> None:
        self.quiet()
        port = self._control(who, which, operation)
        if port is not None:
            port.touched = True
            port.silent = port.silent or operation == drivers.EXIT
        self.quiet()

    @rule(who=NUMBERS, which=NUMBERS)
    def create_child(self, who: int, which: int) -> None:
        world, person, port = self.world, self.person(who), self.port(which)
        if person is None or port is None or port.kind != "echo":
            return

        async def create(process: Any) -> None:
            try:
                reply = await process.port_control(port.id, drivers.CHILD, b"")
            except ErlangError:
                return  # closed
            world.note_opened(PortId(int.from_bytes(reply)), port.kind, person)

        world.order(person, create)
        self.quiet()

    def _control(self, who: int, which: int, operation: int) -> Opened | None:
        person, port = self.person(who), self.port(which)
        if person is None or port is None:
            return None

        async def control(process: Any) -> None:
            try:
                await process.port_control(port.id, operation, b"")
            except ErlangError:
                return  # closed

        self.world.order(person, control)
        return port

    @rule(who=NUMBERS, which=NUMBERS, how=st.sampled_from(["close", "message", "exit"]), reason=REASONS)
    def close(self, who: int, which: int, how: str, reason: Any) -> None:
        person, port = self.person(who), self.port(which)
        if person is None or port is None:
            return
        self.quiet()
        port.touched = True

        async def close(process: Any) -> None:
            if how == "message":
                await process.send(port.id, (port.port.connected, Atom("close")))
            elif how == "exit":
                await process.exit_signal(port.id, reason)
            else:
                try:
                    await process.port_close(port.id)
                except ErlangError:
                    return  # closed already

        self.world.order(person, close)
        self.quiet()

    @rule(who=NUMBERS, whom=NUMBERS, which=NUMBERS, message=st.booleans())
    def connect(self, who: int, whom: int, which: int, message: bool) -> None:
        person, other, port = self.person(who), self.person(whom), self.port(which)
        if person is None or other is None or port is None:
            return
        port.connected_often = True

        async def connect(process: Any) -> None:
            if message:
                await process.send(port.id, (port.port.connected, (Atom("connect"), other.pid)))
                return
            port.offered.append(other)
            try:
                await process.port_connect(port.id, other.pid)
            except ErlangError:
                return  # one of them has gone
            other.linked.add(port.id)

        self.world.order(person, connect)

    @rule(who=NUMBERS, which=NUMBERS, link=st.booleans())
    def link_port(self, who: int, which: int, link: bool) -> None:
        person, port = self.person(who), self.port(which)
        if person is None or port is None:
            return

        async def change(process: Any) -> None:
            try:
                if link:
                    person.linked.add(port.id)
                    await process.link(port.id)
                else:
                    person.unlinked.add(port.id)
                    await process.unlink(port.id)
            except ErlangError:
                return  # closed

        self.world.order(person, change)

    @rule(who=NUMBERS, which=NUMBERS)
    def monitor_port(self, who: int, which: int) -> None:
        person, port = self.person(who), self.port(which)
        if person is None or port is None:
            return

        async def monitor(process: Any) -> None:
            person.monitors[await process.monitor(port.id)] = port

        self.world.order(person, monitor)

    # --- the loader: nothing else happens meanwhile, so that the answer is known ---

    def _ask_loader(self, who: int, ask: Any) -> tuple[Person, Any] | None:
        """Let somebody call the loader; return who, and the answer."""
        self.world.settle()
        person = self.person(who)
        if person is None:
            return None
        answers: list[Any] = []

        async def call(process: Any) -> None:
            answers.append(ask(process.erl_ddll))

        self.world.order(person, call)
        self.world.me.sleep(0)
        while not answers:
            self.world.me.sleep(0.001)
        return person, answers[0]

    @rule(who=NUMBERS, name=NAMES, version=st.sampled_from([1, 1, 2]), kill=st.sampled_from([False, False, True]))
    def load(self, who: int, name: str, version: int, kill: bool) -> None:
        world = self.world
        path = world.images[name][version - 1]
        asked = self._ask_loader(who, lambda ddll: ddll.try_load(path, name, _driver_options(kill)))
        if asked is None:
            return
        person, answer = asked
        model = world.models.get(name)
        if model is None:
            expected: tuple[Any, ...] = ("ok", "loaded")
            world.models[name] = model = Model(name, path, kill, users=[person])
        else:
            expected = model.load(person, path, kill)
        self._answered(person, model, answer, expected)

    @rule(
        who=NUMBERS,
        name=NAMES,
        version=st.sampled_from([1, 2, 2, 0]),
        kill=st.sampled_from([False, False, True]),
        pending=st.sampled_from(["pending_driver", "pending"]),
        monitor=MONITOR,
    )
    def reload(self, who: int, name: str, version: int, kill: bool, pending: str, monitor: str | None) -> None:
        world = self.world
        path = world.images[name][version - 1] if version else BAD_FILE
        options = [*_driver_options(kill), (Atom("reload"), Atom(pending)), *_monitor_option(monitor)]
        asked = self._ask_loader(who, lambda ddll: ddll.try_load(path, name, options))
        if asked is None:
            return
        person, answer = asked
        model = world.models.get(name)
        if model is None:
            assert answer == (Atom("error"), Atom("not_loaded"))
            return
        if kill:
            world.touch(name)
        expected = model.reload(person, path, kill, pending, monitor)
        self._answered(person, model, answer, expected)

    @rule(who=NUMBERS, name=NAMES, kill=st.booleans(), monitor=MONITOR)
    def unload(self, who: int, name: str, kill: bool, monitor: str | None) -> None:
        world = self.world
        options = [*(["kill_ports"] if kill else []), *_monitor_option(monitor)]
        ports = {}

        def ask(ddll: Any) -> Any:
            if (model := world.models.get(name)) is not None:
                ports[name] = world.open_count(model, lingering=True)
            return ddll.try_unload(name, options)

        asked = self._ask_loader(who, ask)
        if asked is None:
            return
        person, answer = asked
        model = world.models.get(name)
        if model is None:
            assert answer == (Atom("error"), Atom("not_loaded"))
            return
        if kill or model.kill_ports:
            world.touch(name)
        expected = model.unload(person, kill, monitor, ports[name])
        self._answered(person, model, answer, expected)

    def _answered(self, person: Person, model: Model, answer: Any, expected: tuple[Any, ...]) -> None:
        """Compare the loader's answer; a third element of what is expected is the kind of a monitor."""
        assert tuple(atom.name for atom in answer[:2]) == expected[:2]
        assert len(answer) == len(expected)
        if expected[0] == "ok":
            person.used_ddll = True
        if len(expected) == 3:
            model.add_waiting(person, answer[2], expected[2])
        self.world.take_answers(model)
        self.world.settle()

    @rule(who=NUMBERS, name=NAMES, kind=st.sampled_from(["loaded", "unloaded", "unloaded_only"]))
    def monitor_driver(self, who: int, name: str, kind: str) -> None:
        world = self.world
        asked = self._ask_loader(who, lambda ddll: ddll.monitor(name, kind))
        if asked is None:
            return
        person, reference = asked
        model = world.models.get(name)
        now = ("DOWN", "unloaded") if model is None else model.monitor(kind)
        if now is not None:
            message = (Atom(now[0]), reference, Atom("driver"), Atom(name), Atom(now[1]))
            world.answers.setdefault(person, []).append(message)
        else:
            assert model is not None
            person.used_ddll = True
            model.add_waiting(person, reference, kind)
        world.settle()

    @rule(who=NUMBERS, which=NUMBERS)
    def demonitor_driver(self, who: int, which: int) -> None:
        self.world.settle()
        waiting = [(model, monitor) for model in self.world.models.values() for monitor in model.waiting]
        if not waiting:
            return
        model, monitor = waiting[which % len(waiting)]
        asked = self._ask_loader(who, lambda ddll: ddll.demonitor(monitor.reference))
        if asked is not None and asked[0] is monitor.who:
            model.waiting.remove(monitor)
        self.world.settle()

    @rule(which=NUMBERS, who=NUMBERS, really=st.integers(0, 9))
    def lock_driver(self, which: int, who: int, really: int) -> None:
        """Rarely: such a driver stays for ever."""
        self.world.settle()
        person, port = self.person(who), self.port(which)
        if really or person is None or port is None or port.closing or port.kind not in self.world.models:
            return
        model = self.world.models[port.kind]
        self._control(who, which, drivers.LOCK)
        model.lock()
        self.world.take_answers(model)
        self.world.settle()
        assert model.status == PERMANENT

    # --- looking ---

    @rule()
    def look(self) -> None:
        self.world.settle()

    @precondition(lambda self: any(job.long and not job.ended for job in self.world.record.jobs))
    @rule()
    def wait_for_long_jobs(self) -> None:
        self.world.settle(LONGER)


def _driver_options(kill: bool) -> list[Any]:
    return [(Atom("driver_options"), [Atom("kill_ports")])] if kill else []


def _monitor_option(monitor: str | None) -> list[Any]:
    return [] if monitor is None else [(Atom("monitor"), Atom(monitor))]
