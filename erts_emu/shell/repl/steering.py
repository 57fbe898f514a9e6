"""The commands that move simulated threads and time, and take moves back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.shell.repl.by_hand import ByHand, Walk
from erts_emu.shell.repl.commands import Commands
from erts_emu.shell.repl.watching import passed_text, tracepoint_name
from erts_emu.shell.values import OK, Raised, badarg, boolean
from erts_emu.terms.atoms import Atom

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.ethread.simulated import SimThread
    from erts_emu.shell.repl.shell import Shell

STEERING: Final = Commands("moving threads and time (with --threads simulated)")
NANOSECONDS_PER_MILLISECOND: Final = 1_000_000
SHOWN: Final = 20
"""Of more steps than this, only the number is shown."""
_PATIENCE: Final = 100_000
"""The most steps of a walk whose end is not a number of steps."""
_FOREVER: Final = 1 << 62
NOT_ALONE: Final = (Atom("not_alone"), [*b"threads are moved by an expression of its own, such as: step()."])
NOT_SIMULATED: Final = (Atom("not_simulated"), [*b"start erts-emu with --threads simulated"])


@final
class Steering:
    """Moves the simulated threads of one shell's emulator, and remembers how many steps each move took."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.strategy = ByHand()
        self.limit: int | None = None
        """While a move is being repeated: the number of steps it may take."""
        self.taken = 0
        """The steps that the command under way has had threads take."""

    def __repr__(self) -> str:
        return f"<Steering {self.strategy!r}>"

    def settle(self, emulator: Emulator) -> None:
        """Let the threads of a new emulator go on until they wait for work."""
        layer: Any = emulator.layer
        if layer.kind == "simulated":
            self.strategy.walk(layer, _PATIENCE)

    def start(self, limit: int | None) -> None:
        """A command begins; its moves may take *limit* steps."""
        self.limit = limit
        self.taken = 0

    def position(self, thread: SimThread) -> str:
        """What a thread that may go on does next."""
        return "" if thread.number == 0 else self.strategy.position(thread)

    def walk(
        self, budget: int, *, until: int | None = None, only: str | None = None, keep: int = 0, idle: bool = True
    ) -> Walk:
        """Let threads take steps. Raises ``not_simulated``, and ``not_alone`` if a process calls this."""
        shell = self._shell
        emulator = shell.emulator
        layer = shell.simulated_layer
        if layer is None:
            raise Raised(NOT_SIMULATED)
        if emulator.layer.tsd.scheduler is not None:
            raise Raised(NOT_ALONE)
        if self.limit is not None:
            budget = min(budget, self.limit - self.taken)
        walk = self.strategy.walk(layer, budget, until=until, only=only, keep=keep, idle=idle)
        self.taken += walk.steps
        return walk

    def now(self) -> int:
        """The virtual time. Raises ``not_simulated``."""
        self._shell.emulator.check_running()
        layer = self._shell.simulated_layer
        if layer is None:
            raise Raised(NOT_SIMULATED)
        return layer.now


def _say(shell: Shell, walk: Walk) -> int:
    for step in walk.last:
        shell.write(f"{step.thread:<12} {step.what}\n")
    if walk.ended == "nobody can go on":
        shell.write(f"{walk.ended}\n")
    return walk.steps


def _number(term: Any) -> int:
    if type(term) is not int or term < 0:
        raise badarg()
    return term


def _steps(shell: Shell, count: int, only: str | None = None) -> int:
    return _say(shell, shell.steering.walk(count, only=only, keep=count if count <= SHOWN else 0))


@STEERING.add("step()", "one step of the thread that has waited longest", needs_process=False)
def _step(shell: Shell, _machine: Any) -> int:
    return _steps(shell, 1)


@STEERING.add("step(N)", "N steps; step(Thread): one step of that thread", needs_process=False)
def _step_some(shell: Shell, _machine: Any, which: Any) -> int:
    if type(which) is Atom:
        return _steps(shell, 1, _thread(shell, which))
    return _steps(shell, _number(which))


@STEERING.add("step(Thread, N)", "N steps of one thread, such as async_1 or '1_scheduler'", needs_process=False)
def _step_thread(shell: Shell, _machine: Any, which: Any, count: Any) -> int:
    return _steps(shell, _number(count), _thread(shell, which))


def _thread(shell: Shell, which: Any) -> str:
    shell.steering.now()
    layer = shell.simulated_layer
    name = which.name if type(which) is Atom else ""
    if layer is None or name not in [thread.name for thread in layer.threads if thread is not layer.main]:
        raise badarg()
    return name


@STEERING.add("run()", "let all threads go on until none can; time stands still", needs_process=False)
def _run(shell: Shell, _machine: Any) -> int:
    return shell.steering.walk(_PATIENCE).steps


@STEERING.add("clock()", "the virtual time in milliseconds", needs_process=False)
def _clock(shell: Shell, _machine: Any) -> float | int:
    milliseconds = shell.steering.now() / NANOSECONDS_PER_MILLISECOND
    return int(milliseconds) if milliseconds.is_integer() else milliseconds


@STEERING.add("time(Ms)", "let all threads go on for Ms milliseconds of virtual time", needs_process=False)
def _pass_time(shell: Shell, _machine: Any, milliseconds: Any) -> Atom:
    until = shell.steering.now() + _number(milliseconds) * NANOSECONDS_PER_MILLISECOND
    shell.steering.walk(_FOREVER, until=until)
    return OK


@STEERING.add("until(T)", "let threads and time go on until tracepoint T is passed", needs_process=False)
def _until(shell: Shell, _machine: Any, name: Any) -> Atom:
    wanted = tracepoint_name(name)
    shell.steering.now()
    emulator = shell.emulator
    passed: list[str] = []

    def listener(tracepoint: str, fields: Mapping[str, Any]) -> None:
        if not passed:
            passed.append(passed_text(emulator, tracepoint, fields))
            shell.steering.strategy.stop()

    emulator.trace.subscribe(listener, wanted)
    try:
        shell.steering.walk(_PATIENCE, until=_last_deadline(shell), idle=False)
    finally:
        emulator.trace.unsubscribe(listener)
    for line in passed:
        shell.write(f"{line}\n")
    return boolean(bool(passed))


def _last_deadline(shell: Shell) -> int:
    """As far as time may pass: an hour from now."""
    return shell.steering.now() + 3_600_000 * NANOSECONDS_PER_MILLISECOND


@STEERING.add("back()", "take back the last step, or the last command that moved anything", needs_process=False)
def _back(shell: Shell, _machine: Any) -> Atom:
    return _back_some(shell, _machine, 1)


@STEERING.add("back(N)", "the same, N times", needs_process=False)
def _back_some(shell: Shell, _machine: Any, count: Any) -> Atom:
    shell.steering.now()
    shell.rewinds += _number(count)
    return OK


@STEERING.add("schedule()", "the choices of the run so far, as a string", needs_process=False)
def _schedule(shell: Shell, _machine: Any) -> list[int]:
    shell.steering.now()
    return [*map(ord, str(shell.emulator.schedule()))]
