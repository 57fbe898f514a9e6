"""An emulator with people in it who do what they are told, and note what happens to them; and what must be true of it.

A person is a process. An order is carried out as soon as its person has time: somebody who is suspended on a busy port
has none. What happened is compared with what had to happen when nothing is under way any more (:meth:`World.check`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from attrs import define, field

from erts_emu import Emulator
from erts_emu.errors import ErlangError, ErlangExit
from erts_emu.ethread import SeededRandom, Strategy
from erts_emu.port_states import INVALID_LOOKUP
from erts_emu.terms import Atom, Pid, PortId, Reference

from .drivers import KINDS, Job, Record, versions
from .model import FORCE_UNLOAD, PERMANENT, RELOADING, UNLOAD, UNLOADING, Model

MOMENT = 0.010_013_7
"""The virtual seconds after which nothing is under way but long jobs, chosen so that no timer ends at the same moment.

Time passes when every thread waits; so whatever began before a moment at which nothing ends is over by then.
"""
LONGER = 9.000_071_3
EXIT = Atom("EXIT")
DOWN = Atom("DOWN")
UP = Atom("UP")
DATA = Atom("data")
COMMAND = Atom("command")


@define(eq=False)
class Order:
    """Something for a person to do."""

    do: Callable[[Any], Coroutine[Any, Any, Any]]


@define(eq=False)
class Person:
    """A process that carries out orders. ``log`` has what it received, in order."""

    process: Any = None
    log: list[Any] = field(factory=list)
    occupied: bool = False
    linked: set[Any] = field(factory=set)
    """Whatever it has ever been linked to."""
    unlinked: set[Any] = field(factory=set)
    monitors: dict[Reference, Any] = field(factory=dict)
    demonitored: set[Reference] = field(factory=set)
    used_ddll: bool = False

    @property
    def pid(self) -> Pid:
        pid: Pid = self.process.pid
        return pid

    @property
    def alive(self) -> bool:
        return bool(self.process.is_alive)

    @property
    def has_time(self) -> bool:
        return self.alive and not self.occupied

    def received(self) -> list[Any]:
        """Everything that has come, looked at or not."""
        return [*self.log, *(item for item in self.process.messages if type(item) is not Order)]

    async def live(self, process: Any) -> None:
        while True:
            message = await process.receive()
            if type(message) is not Order:
                self.log.append(message)
                continue
            self.occupied = True
            await message.do(process)
            self.occupied = False


@define(eq=False)
class Opened:
    """A port, and what was done to it."""

    id: PortId
    kind: str
    port: Any
    driver: Any
    touched: bool = False
    """Something may have made it close."""
    silent: bool = False
    """Its driver may have ended it without a word to the owner."""
    connected_often: bool = False
    offered: list[Person] = field(factory=list)
    """Those whom port_connect may have linked; whoever asked for it may have died before it could note the link."""

    @property
    def gone(self) -> bool:
        return bool(self.port.gone)

    @property
    def closing(self) -> bool:
        return bool(self.port.state & INVALID_LOOKUP)


@define(eq=False)
class Sent:
    """One command. ``result`` is None while its sender waits."""

    number: int
    sender: Person
    port: Opened
    waits: bool
    result: Any = None


class World:
    """The emulator, its people, ports and drivers, and what is known of them."""

    def __init__(self, strategy: Strategy, seed: int, schedulers: int) -> None:
        self.emu = Emulator(threads="simulated", strategy=strategy, seed=seed, schedulers=schedulers, async_threads=2)
        self.me = self.emu.attach(name="the test", trap_exit=True)
        self.record = Record()
        self.images = {kind.driver_name: versions(kind, self.record, self.emu) for kind in KINDS}
        self.people: list[Person] = []
        self.ports: dict[PortId, Opened] = {}
        self.commands: dict[int, Sent] = {}
        self.models: dict[str, Model] = {}
        self.handles: dict[Any, None] = {}
        self.answers: dict[Any, list[Any]] = {}
        """By person: the messages of the loader that have to come."""
        self.mourned: set[Person] = set()

    # --- people ---

    def add_person(self, trap_exit: bool, scheduler: int | None) -> None:
        person = Person()
        person.process = self.emu.spawn(person.live, trap_exit=trap_exit, scheduler=scheduler)
        self.people.append(person)

    def order(self, person: Person, do: Callable[[Any], Coroutine[Any, Any, Any]]) -> None:
        self.me.send(person.pid, Order(do))

    def alive(self) -> list[Person]:
        return [person for person in self.people if person.alive]

    def person_of(self, pid: Pid) -> Person | None:
        return next((person for person in self.people if person.pid == pid), None)

    # --- ports ---

    def open_ports(self) -> list[Opened]:
        """The ports that take requests, as far as the test can know."""
        return [port for port in self.ports.values() if not port.closing]

    def note_opened(self, port_id: PortId, kind: str, owner: Person) -> None:
        port = self.emu.ports.table.get(port_id.number)
        if port is None:  # closed again before it could be noted
            owner.linked.add(port_id)
            return
        self.ports[port_id] = Opened(port_id, kind, port, port.driver)
        self.handles[port.driver.handle] = None
        owner.linked.add(port_id)

    async def command(self, process: Any, person: Person, port: Opened, size: int, **options: bool) -> None:
        """port_command/3."""
        sent = self._new_command(person, port, not options.get("force"))
        data = sent.number.to_bytes(4) + (b"L" if size < 0 else b"x" * size)
        try:
            sent.result = await process.port_command(port.id, data, **options)
        except ErlangError as error:
            sent.result = error.reason

    async def bang(self, process: Any, person: Person, port: Opened, size: int, nosuspend: bool) -> None:
        """``Port ! {Owner, {command, Data}}``."""
        sent = self._new_command(person, port, waits=True)
        owner = port.port.connected
        data = sent.number.to_bytes(4) + b"x" * max(0, size)
        result = await process.send(port.id, (owner, (COMMAND, data)), nosuspend=nosuspend)
        sent.result = Atom("nosuspend") if result is False else Atom("sent")

    def _new_command(self, person: Person, port: Opened, waits: bool) -> Sent:
        sent = Sent(len(self.commands) + 1, person, port, waits)
        self.commands[sent.number] = sent
        return sent

    # --- the loader ---

    def references(self, model: Model) -> int:
        """What holds a driver, its users apart: ports, jobs, locks."""
        return self.open_count(model, lingering=True) + len(self.unfinished(model.name)) + model.locks

    def open_count(self, model: Model, *, lingering: bool) -> int:
        return sum(
            1 for port in self.ports.values()
            if port.kind == model.name and not port.gone and (lingering or not port.closing)
        )  # fmt: skip

    def touch(self, name: str) -> None:
        """The ports of a driver may be killed."""
        for port in self.ports.values():
            if port.kind == name:
                port.touched = True

    def unfinished(self, name: str) -> list[Job]:
        return [job for job in self.record.jobs if job.driver == name and not job.ended]

    def reloading(self) -> bool:
        return any(model.status in RELOADING for model in self.models.values())

    def take_answers(self, model: Model) -> None:
        for person, messages in model.expected.items():
            self.answers.setdefault(person, []).extend(messages)
        model.expected.clear()

    # --- looking ---

    def settle(self, seconds: float = MOMENT) -> None:
        """Let everything happen that can, and compare."""
        self.me.sleep(seconds)
        self._bury()
        self._release()
        self.check()

    def _bury(self) -> None:
        """Tell the models who has died."""
        for person in self.people:
            if not person.alive and person not in self.mourned:
                self.mourned.add(person)
                if person.used_ddll:
                    for model in self.models.values():
                        status = model.status
                        if model.kill_ports:
                            self.touch(model.name)
                        model.died(person, self.open_count(model, lingering=True))
                        self._forced_or_not(model, status)

    def _forced_or_not(self, model: Model, before: str) -> None:
        """How many ports there were when somebody died is not known afterwards: take the emulator's word."""
        driver = self.emu.ddll.find(model.name)
        if model.status in UNLOADING and driver is not None and driver.handle.status.name in UNLOADING:
            model.status = driver.handle.status.name

    def _release(self) -> None:
        for name, model in list(self.models.items()):
            if model.status != PERMANENT and not model.counted_users() and not self.references(model):
                del self.models[name]
                if model.unreferenced():
                    self.models[name] = model  # loaded anew: the newest driver of all
            self.take_answers(model)

    def check(self) -> None:
        """Compare what happened with what had to happen."""
        assert not self.emu.driver_errors, self.emu.driver_errors
        for person in self.people:
            failure = person.process._failure
            if failure is not None and not isinstance(failure, ErlangExit):
                raise failure
        self.check_commands()
        self.check_data()
        self.check_jobs()
        self.check_links()
        self.check_monitors()
        self.check_ends()
        self.check_driver_monitors()
        self.check_loader()
        self.check_locks()

    def check_commands(self) -> None:
        """No command is lost or comes twice, and those of one sender to one port come in the order sent."""
        counts: Counter[tuple[PortId, int]] = Counter()
        for port_id, got in self.record.got.items():
            of_sender: dict[Pid, list[int]] = {}
            for pid, number in got:
                counts[port_id, number] += 1
                of_sender.setdefault(pid, []).append(number)
                assert self.commands[number].sender.pid == pid, f"command {number} has a wrong caller"
            for pid, numbers in of_sender.items():
                assert numbers == sorted(numbers), f"commands of {pid} to {port_id} came as {numbers}"
        for sent in self.commands.values():
            self._check_command(sent, counts[sent.port.id, sent.number])
            assert sum(counts[port, sent.number] for port in self.ports) <= 1

    def _check_command(self, sent: Sent, count: int) -> None:
        port = sent.port
        if sent.result is True:
            assert count == 1, f"command {sent.number} was accepted and came {count} times"
        elif sent.result is None:
            assert count <= 1
            waiting = sent.sender.alive and sent.sender.process.suspended_on is port.port
            held = sent.sender.alive and port.port.tflags & 0x10
            assert not sent.sender.alive or waiting or held, f"the sender of {sent.number} waits for nothing"
        elif sent.result is Atom("sent"):
            assert count <= 1
            excused = port.gone or port.closing or port.touched or port.port.tflags & 0x30 or port.connected_often
            assert count == 1 or excused, f"message {sent.number} is lost"
        else:
            assert count == 0, f"command {sent.number} was answered {sent.result} and came {count} times"

    def check_data(self) -> None:
        """What a driver has sent to its owner arrives once, and in order."""
        for person in self.people:
            of_port: dict[PortId, list[int]] = {}
            for message in person.received():
                if type(message) is tuple and len(message) == 2 and type(message[1]) is tuple:
                    port_id, (tag, data) = message
                    assert tag is DATA
                    of_port.setdefault(port_id, []).append(int.from_bytes(data[:4]))
            for port_id in {*of_port, *(port for port, pid in self.record.sent if pid == person.pid)}:
                sent = self.record.sent.get((port_id, person.pid), [])
                came = of_port.get(port_id, [])
                if not person.alive:
                    sent = sent[: len(came)]
                assert came == sent, f"{port_id} sent {sent} to {person.pid}, and {came} came"

    def check_jobs(self) -> None:
        """Every job runs once, and its result is consumed once."""
        long = 0
        for job in self.record.jobs:
            assert job.invoked <= 1
            assert job.ended <= job.invoked
            long += job.long and not job.ended
        if not long:
            assert all(job.ended == 1 for job in self.record.jobs)

    def check_links(self) -> None:
        """Links have two ends, and both are alive."""
        alive = {person.pid.number: person.process for person in self.people if person.alive}
        alive[self.me.pid.number] = self.me.process
        for process in alive.values():
            if process is self.me.process:
                continue
            for number in process.links:
                assert number in alive, f"{process.pid} is linked to a dead process"
                assert process.pid.number in alive[number].links
            for port_id in process.port_links.values():
                port = self.emu.ports.lookup(port_id)
                assert port is not None, f"{process.pid} is linked to {port_id}, which has closed"
                assert process.pid.number in (port.links or {})
        for port in self.emu.ports.all():
            if not port.state & INVALID_LOOKUP:
                for number in port.links or ():
                    if number not in alive:
                        assert _holds_commands_of(port, number), f"{port} is linked to a dead process"
                    else:
                        assert port.id.number in alive[number].port_links

    def check_monitors(self) -> None:
        """A monitor fires once, when and only when what it watches has ended."""
        for person in self.people:
            downs = Counter(m[1] for m in person.received() if type(m) is tuple and len(m) == 5 and m[0] is DOWN)
            if not person.alive:
                continue
            for reference, target in person.monitors.items():
                count = downs[reference]
                if target is person:  # nobody watches oneself
                    assert count == 0
                    continue
                if reference in person.demonitored:
                    assert count <= 1
                    continue
                ended = not target.alive if isinstance(target, Person) else target.gone or target.closing
                assert count == ended, f"{person.pid} got {count} DOWN of {target}"
                assert (reference in person.process.monitors) == (not ended)

    def check_ends(self) -> None:
        """Who traps exits gets a message for each broken link; a port ends for a reason only."""
        for person in self.people:
            exits = Counter(m[1] for m in person.received() if type(m) is tuple and len(m) == 3 and m[0] is EXIT)
            if person.alive and person.process.trap_exit:
                for port in self.ports.values():
                    if port.id in person.linked and port.id not in person.unlinked and port.closing:
                        assert exits[port.id] >= 1 or port.silent, f"no EXIT of {port.id}"
        for port in self.ports.values():
            ended = any(
                not person.alive for person in self.people if port.id in person.linked or person in port.offered
            )
            if port.closing:
                assert port.touched or ended, f"{port.id} has closed for no reason"
            else:
                owner = self.person_of(port.port.connected)
                if owner is not None and not owner.alive:
                    unlinked = port.id in owner.unlinked or port.connected_often
                    held = _holds_commands_of(port.port, owner.pid.number)
                    assert unlinked or held, f"{port.id} is open although its linked owner is dead"

    def check_driver_monitors(self) -> None:
        """process_exit comes once for each monitor whose process has ended, as long as the port was open."""
        fired = Counter(map(id, self.record.fired))
        for instance, pid, monitor in self.record.monitors:
            person = self.person_of(pid)
            port = self.ports[instance.id]
            assert person is not None
            count = fired[id(monitor)]
            if person.alive:
                assert count == 0
            elif port.closing:
                assert count <= 1
            else:
                assert count == 1, f"process_exit came {count} times for {pid}"

    def check_loader(self) -> None:
        """The loader is in the state that the model is in, holds what it has to hold, and has told everybody."""
        assert self.emu.ddll.loaded_drivers() == list(self.models)
        for model in self.models.values():
            driver = self.emu.ddll.find(model.name)
            assert driver is not None
            handle = driver.handle
            assert handle is not None
            self.handles[handle] = None
            assert handle.status.name == model.status, f"{handle} should be {model.status}"
            assert handle.refc == model.counted_users() + self.references(model), f"{handle}: {model}"
            assert handle.port_count == self.open_count(model, lingering=True)
            users = Counter(user.pid for user in model.users)
            assert dict(_info_of(self.emu, model.name, "processes", users)) == users
        for person, expected in self.answers.items():
            if person.alive:
                came = [m for m in person.received() if type(m) is tuple and len(m) == 5 and m[2] is Atom("driver")]
                for name in {message[3] for message in (*came, *expected)}:  # drivers that go at once go in any order
                    told = [_blunt(message) for message in came if message[3] == name]
                    assert told == [m for m in expected if m[3] == name], f"the loader told {person.pid}: {came}"

    def check_locks(self) -> None:
        """Nobody holds a lock while nothing happens; a binary has the references that queues and jobs hold."""
        assert not _locked(self.emu), "a lock is held at rest"
        queued = 0
        for port in self.emu.ports.all():
            queued += len(port.ioq.blocks()) if port.ioq is not None and port.ioq.size else 0
        unfinished = sum(1 for job in self.record.jobs if not job.ended)
        assert sum(binary._refc for binary in self.record.binaries) == queued + unfinished

    # --- the end ---

    def close(self) -> None:
        """Close everything, and see that nothing is left."""
        self.settle(LONGER)
        while any(not job.ended for job in self.record.jobs):
            self.settle(LONGER)
        for person in self.people:
            if person.alive:
                self.me.exit_signal(person.pid, Atom("kill"))
        self.settle(LONGER)
        for port in self.emu.ports.all():
            self.ports[port.id].touched = True
            self.me.exit_signal(port.id, Atom("kill"))
        self.settle(LONGER)
        assert self.emu.ports.all() == []
        for name, model in list(self.models.items()):
            if model.status != PERMANENT and not model.users:
                assert model.status in (UNLOAD, FORCE_UNLOAD)
                raise AssertionError(f"{name} stays loaded for nobody")
        for handle in self.handles:
            if handle.status.name == "PERMANENT":
                assert handle.refc == self.models[handle.name].locks
            else:
                assert handle.refc == 0, f"{handle} is still held"
        assert len(self.record.started) == len({id(instance) for instance in self.record.stopped})
        assert len(self.record.stopped) == len(self.record.started)
        for port in self.ports.values():
            assert port.port._structure_refs == 0, f"{port.port} is still held"
        assert all(binary._refc == 0 for binary in self.record.binaries)
        assert not self.emu.processes.get(self.me.pid).links
        self.me.detach()
        assert len(self.emu.processes) == 0
        self.emu.halt()


def _holds_commands_of(port: Any, number: int) -> bool:
    """Say whether a busy port holds a command of a process back, and so everything it sent later: even its death."""
    return any(task.caller is not None and task.caller.number == number for task in port._held or ())


def _info_of(emu: Emulator, name: str, item: str, users: Counter[Pid]) -> Any:
    answer = emu.ddll.info(name, item)
    return users.items() if answer is Atom("permanent") else answer


def _blunt(message: Any) -> Any:
    """A message of the loader, without the number of an open_error."""
    what = message[4]
    return (*message[:4], what[0].name if isinstance(what, tuple) else what)


def _locked(emu: Emulator) -> list[Any]:
    return [lock for lock in emu.locks._observed if _is_locked(lock)]


def _is_locked(lock: Any) -> bool:
    if hasattr(lock, "locked"):
        return bool(lock.locked())
    taken = lock._rwlock.tryrwlock()
    if taken:
        lock._rwlock.rwunlock()
    return not taken


def new_world(seed: int, schedulers: int) -> World:
    """A world whose threads run as *seed* says."""
    return World(SeededRandom(seed), seed, schedulers)
