"""Programs from seeds. What comes of them must not depend on who is faster.

So a program uses one kind of events from outside, each step is over before the next one begins, and timers either run
out within it or never.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Final

from . import words
from .program import On, Program, Statement, Step

DRIVERS: Final = {"differ_each": 6, "differ_all": 3, "differ_ack": 2, "differ_bare": 1}
EVENTS: Final = {"nothing": 2, "timer": 3, "jobs": 3, "reading": 2, "writing": 1}
OWN_EVENTS: Final = {
    "nothing": (), "timer": ("timeout",), "jobs": ("ready_async", "invoke"), "reading": ("ready_input",),
    "writing": ("ready_output",),
}  # fmt: skip
CALLBACKS: Final = ("stop", "output", "flush", "process_exit")


class Chooser:
    """The choices of one program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def weighted(self, weights: dict[str, int]) -> str:
        """One of the keys."""
        return self.random.choices(list(weights), list(weights.values()))[0]

    def one(self, *choices: str) -> str:
        """One of *choices*."""
        return self.random.choice(choices)

    def of(self, choices: Sequence[str]) -> str:
        """One of *choices*."""
        return self.random.choice(choices)

    def either(self, *makers: Callable[[], str]) -> str:
        """What one of *makers* makes."""
        return self.random.choice(makers)()

    def chance(self, probability: float) -> bool:
        """True that often."""
        return self.random.random() < probability

    def up_to(self, count: int) -> int:
        """A number below *count*."""
        return self.random.randrange(count)


class Language(Chooser):
    """Words and statements of the drivers."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.driver = self.weighted(DRIVERS)
        self.events = "timer" if self.driver == "differ_ack" else self.weighted(EVENTS)
        subjects: dict[str, Callable[[], str]] = {
            "output": self._output, "vectors": self._vectors, "terms": self._terms, "queue": self._queue,
            "busy": self._busy, "ends": self._ends, "monitors": self._monitors, "children": self._children,
            "self": self._self, "world": self._world, "pdl": self._data_lock,
        }  # fmt: skip
        self.subjects = [subjects[name] for name in self.random.sample(list(subjects), self.random.randint(1, 4))]

    # --- words ---

    def data(self) -> str:
        """Bytes."""
        return self.of(words.DATA)

    def number(self) -> str:
        """A number, at an edge perhaps."""
        return self.of(words.NUMBERS)

    def binary(self) -> str:
        """A part of a binary of the port."""
        return f"{self.up_to(2)}{self.of(words.PARTS)}"

    def elements(self) -> str:
        """The elements of a vector."""
        count = self.random.choice((0, 1, 1, 2, 2, 3, 4, 7))
        return " ".join(f"@{self.binary()}" if self.chance(0.5) else self.data() for _ in range(count))

    def _leaf(self) -> str:
        edge = self.of(words.EDGES)
        return self.either(
            lambda: "nil", lambda: "port", lambda: f"atom:{self.of(words.ATOMS)}", lambda: f"int:{edge}",
            lambda: f"uint:{edge}", lambda: f"int64:{edge}", lambda: f"uint64:{edge}",
            lambda: f"pid:{self.one('owner', 'a', 'b', 'c')}", lambda: f"bin:{self.binary()}",
            lambda: f"str:{self.data()}", lambda: f"buf:{self.data()}", lambda: f"float:{self.of(words.FLOATS)}",
            lambda: f"ext:{self.of(words.EXTERNAL)}",
        )  # fmt: skip

    def _term(self, depth: int = 0) -> list[str]:
        if depth > 2 or self.chance(0.5):
            return [self._leaf()]
        size = self.random.choice((0, 1, 2, 2, 3))
        kind = self.one("tuple", "tuple", "list", "cons", "map")
        if kind == "cons":
            return [*(self._term(depth + 1) if self.chance(0.5) else ["nil"]), f"cons:{self.data()}"]
        if kind == "map":
            keys = [f"int:{n}" if self.chance(0.9) else "int:0" for n in range(size)]
            return [*(part for key in keys for part in (key, *self._term(depth + 1))), f"map:{size}"]
        parts = [part for _ in range(size) for part in self._term(depth + 1)]
        if kind == "tuple":
            return [*parts, f"tuple:{size}"]
        return [*parts, "nil", f"list:{size + 1}"] if self.chance(0.8) or not size else [*parts, f"list:{size}"]

    def _spec(self) -> str:
        elements = self._term()
        if self.chance(0.3):
            where = self.up_to(len(elements) + 1)
            elements[where : where + self.up_to(2)] = [self.of(words.WRONG)]
        if self.chance(0.05):
            elements.append(f"lacking:{self.random.randint(2, 17)}")
        if self.chance(0.05):
            elements = elements[1:]
        if self.chance(0.7):
            elements = ["port", *elements, "tuple:2"]
        return " ".join(elements)

    # --- statements ---

    def statement(self) -> str:
        """One statement: what the program is about, or what has to do with its events."""
        if self.events != "nothing" and self.chance(0.25):
            return self.of(
                {"timer": words.TIMER, "jobs": words.JOBS, "reading": words.READING}.get(self.events, words.WRITING)
            )
        return self.random.choice(self.subjects)()

    def statements(self, least: int, most: int) -> tuple[str, ...]:
        """Some statements."""
        return tuple(self.statement() for _ in range(self.random.randint(least, most)))

    def program(self, most: int) -> tuple[Statement, ...]:
        """What "start", a control or a call is given."""
        made: list[Statement] = []
        for _ in range(self.random.randint(1, most)):
            if self.chance(0.3):
                thread = ("thread",) if self.chance(0.2) else ()
                callback = self.of((*CALLBACKS, *OWN_EVENTS[self.events], *OWN_EVENTS[self.events], *thread))
                made.append(On(callback, self.statements(0, 3)))
            else:
                made.append(self._answer() if self.chance(0.2) else self.statement())
        return tuple(made)

    def _answer(self) -> str:
        return self.either(
            lambda: f"ret {self.one('0', '-1', '3', '100', '-5')}", lambda: f"answer {self.data()}",
            lambda: f"fresh {self.data()}", lambda: "none", lambda: "keep", lambda: "flags 1", lambda: "flags 0",
            lambda: f"answer {self.of(words.EXTERNAL)}", lambda: f"fresh {self.of(words.EXTERNAL)}",
        )  # fmt: skip

    def _bin(self) -> str:
        return f"bin {self.up_to(2)} {self.random.choice((0, 1, 10, 64, 65, 100, 300))}"

    def _outputv(self) -> str:
        return f"outputv {self.data()} {self.of(words.SMALL)} {self.elements()}"

    def _output(self) -> str:
        return self.either(
            lambda: f"output {self.data()}", lambda: f"output2 {self.data()} {self.data()}", self._bin, self._outputv,
            lambda: f"output_binary {self.data()} {self.binary()}",
        )  # fmt: skip

    def _enqueue(self) -> str:
        way = self.one("enq", "pushq")
        return self.either(
            lambda: f"{way} {self.data()}", lambda: f"{way}_bin {self.binary()}",
            lambda: f"{way}v {self.of(words.SMALL)} {self.elements()}",
        )  # fmt: skip

    def _vectors(self) -> str:
        return self.either(
            lambda: f"vec_to_buf {self.number()} {self.elements()}", self._bin, self._outputv, self._enqueue,
            lambda: f"rebin {self.up_to(2)} {self.number()}", lambda: f"freebin {self.up_to(2)}",
            lambda: f"refc {self.up_to(2)}", lambda: "peekqv",
        )  # fmt: skip

    def _terms(self) -> str:
        way = self.one("out", "send", "oldout", "oldsend")
        to = f" {self.of(words.PROCESSES)}" if way in ("send", "oldsend") else ""
        return self._bin() if self.chance(0.15) else f"term {way}{to} {self._spec()}"

    def _queue(self) -> str:
        return self.either(
            self._enqueue, self._enqueue, self._enqueue, lambda: f"deq {self.number()}", lambda: "sizeq",
            lambda: "peekq", lambda: "peekqv", self._bin, lambda: f"refc {self.up_to(2)}",
        )  # fmt: skip

    def _busy(self) -> str:
        return self.one("busy 1", "busy 1", "busy 0", f"limits {self.of(words.LIMITS)} {self.of(words.LIMITS)}")

    def _ends(self) -> str:
        return self.of(words.ENDS)

    def _monitors(self) -> str:
        which = self.up_to(3)
        return self.either(
            lambda: f"monitor {self.of(words.PROCESSES)} {which}", lambda: f"demonitor {which}",
            lambda: f"monitor {self.one('a', 'b', 'c', 'caller')} {which}",
            lambda: f"monitored {which} {self.up_to(3)}",
        )  # fmt: skip

    def _children(self) -> str:
        if self.driver == "differ_all":
            return "about"  # with one lock for all ports the call never returns
        return f"child {self.of(words.PROCESSES)} {self.one('kid', 'name', '-')} {self.one('hi', '-', 'null')}"

    def _self(self) -> str:
        return f"os_pid {self.number()}" if self.chance(0.1) else self.of(words.SELF)

    def _world(self) -> str:
        name = self.one("DIFFER_A", "DIFFER_B")
        return self.either(
            lambda: f"getenv {name} {self.of(words.SMALL)}", lambda: f"getenv {name} 500",
            lambda: f"putenv {name} {self.one('x', 'abc', '-', '300*z')}", lambda: f"errno {self.up_to(140) - 2}",
            lambda: f"time {self.of(words.EDGES)} {self.random.randint(-1, 4)} {self.random.randint(-1, 4)}",
            lambda: f"system {self.up_to(40)}", lambda: f"memory {self.number()} {self.number()}",
            lambda: f"atom {self.one('ok', '255*x', '256*x', '300*y', '~e4', '-')}",
            lambda: f"locks {self.one('-', '+')}", lambda: "tsd", lambda: f"thread {self.one('opts', '-')}",
        )  # fmt: skip

    def _data_lock(self) -> str:
        return self.either(lambda: "pdl", lambda: "pdl_refc", self._queue, self._monitors, lambda: "thread -")


class Maker(Language):
    """The steps of one program."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.seed = seed
        self.ports = 0

    def _port(self) -> str:
        if self.chance(0.04):
            return self.of(words.NO_PORTS)
        return f"P({self.random.randint(max(1, self.ports - 2), max(1, self.ports))})"

    def _step(self, expression: str, statements: tuple[Statement, ...] = ()) -> Step:
        """A step with an expression in which words in capitals stand for what is chosen now."""
        port = self._port()
        choices = {
            "PORT": lambda: port, "PID": lambda: self.of(words.PIDS), "OTHER": lambda: self.of(words.PIDS),
            "DATA": lambda: self.of(words.IODATA), "TERM": lambda: self.of(words.TERMS),
            "REASON": lambda: self.of(words.REASONS),
            "ITEM": lambda: self.of(words.ITEMS), "UNORDERED": lambda: self.of(words.UNORDERED_ITEMS),
            **self.more_choices(),
        }  # fmt: skip
        chosen = re.sub(r"\b[A-Z]{3,}\b", lambda match: choices.get(match[0], lambda: match[0])(), expression)
        return Step(self.one(*"aaabbc"), chosen, statements)

    def more_choices(self) -> dict[str, Callable[[], str]]:
        """What more words in capitals stand for."""
        return {}

    def _open(self) -> Step:
        statements: tuple[Statement, ...] = self.program(2) if self.chance(0.4) else ()
        if self.chance(0.06):
            statements = (*statements, f"ret {self.of(words.STARTS)}")
        if self.driver == "differ_ack":
            answer = On("timeout", (*self.statements(0, 1), self.of(words.ACKNOWLEDGED)))
            statements = (*statements, answer, "set_timer 0")
        options = [self.of(words.OPTIONS) for _ in range(self.random.choice((0, 0, 1, 1, 2, 3)))]
        if self.chance(0.05):
            options.append(self.of(words.BAD_OPTIONS))
        else:
            self.ports += 1
        name = f"{self.driver} %s" if statements else self.driver
        said = '{spawn_driver, "%s"}' if self.chance(0.9) else self.of(words.NAMES_OF_PORTS)
        return self._step(f"open_port({said % name}, [{', '.join(options)}])", statements)

    def _control(self) -> Step:
        number = self.of(words.CONTROLS) if self.chance(0.2) else "7"
        return self._step(f'port_control(PORT, {number}, "%s")', self.program(5))

    def _call(self) -> Step:
        if self.chance(0.3):
            return self._step("erlang:port_call(PORT, TERM)")
        return self._step('erlang:port_call(PORT, 9, <<"%s">>)', self.program(4))

    def _message(self) -> Step:
        message = self.of(words.PORT_MESSAGES)
        if self.chance(0.5):
            message = message.replace("PID", "element(2, erlang:port_info(PORT, connected))")
        return self._step(self.of(words.SENDING).replace("MESSAGE", message))

    def _next(self) -> Step:
        makers: dict[Callable[[], Step], int] = {
            self._control: 30, self._call: 5, self._message: 9, self._open: 6,
            lambda: self._step(f"port_command(PORT, DATA{self.of(words.COMMAND_OPTIONS)})"): 12,
            lambda: self._step("port_close(PORT)"): 4,
            lambda: self._step(self.of(words.TIES)): 10,
            lambda: self._step(self.of(words.QUESTIONS)): 9,
            lambda: self._step(self.of(words.ODD)): 4,
            lambda: self._step(self.one("exit(PORT, REASON)", "exit(PID, REASON)")): 4,
        }  # fmt: skip
        return self.random.choices(list(makers), list(makers.values()))[0]()

    def make(self) -> Program:
        """The program."""
        steps = [self._step("process_flag(trap_exit, true)")] if self.chance(0.6) else []
        steps.append(self._open())
        steps += [self._next() for _ in range(self.random.randint(3, 16))]
        return Program(self.driver, tuple(steps), self.seed)


class Loader(Maker):
    """Processes that load and unload a driver, besides the one that answers with the log."""

    def more_choices(self) -> dict[str, Callable[[], str]]:
        def some(choices: Sequence[str]) -> str:
            return ", ".join(self.of(choices) for _ in range(self.random.choice((0, 1, 1, 2))))

        return {
            "PATH": lambda: self.of(words.PATHS), "NAME": lambda: self.of(words.NAMES),
            "LOADOPTIONS": lambda: some(words.LOAD_OPTIONS), "UNLOADOPTIONS": lambda: some(words.UNLOAD_OPTIONS),
            "RELOAD": lambda: self.of(words.RELOADS), "MONITOR": lambda: self.of(words.LOAD_MONITORS),
            "WHEN": lambda: self.of(words.WHENS), "LOADITEM": lambda: self.of(words.LOAD_ITEMS),
            "LOADERROR": lambda: self.of(words.LOAD_ERRORS),
        }  # fmt: skip

    def make(self) -> Program:
        steps = [self._step("erl_ddll:try_load(PATH, NAME, [LOADOPTIONS])")]
        for _ in range(self.random.randint(4, 18)):
            chosen = self.of(words.LOADING)
            self.ports += chosen.startswith("open_port")
            # Drivers go when nobody needs them any more, which takes them a moment.
            steps.append(self._step(f"begin X = {chosen}, timer:sleep(3), X end"))
        return Program("differ_each", tuple(steps), self.seed)


def program(seed: int) -> Program:
    """The program of a seed."""
    return (Loader if seed % 6 == 5 else Maker)(seed).make()
