"""Watching the objects of a driver: every access to an attribute that threads may share becomes a step, and is checked.

A port's *drv_data* is watched as soon as ``start`` has returned it, if it is an instance of an ordinary class: it
gets a subclass of its class that tells of accesses. An attribute is worth a step if the driver's module stores to it
anywhere but in ``start`` and ``__init__``; others never change. Changing a list or a dict that an attribute holds
is seen as reading the attribute.

Two checks live here. *Data race*: two accesses, one of them a write, that nothing in the driver API orders, whatever
the schedule of the run was. *Use after stop*: in C the data is freed by then. What stop itself stores may still be
read, since a flag is the usual way to tell late jobs.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, final

from erts_emu.locks import place_of
from erts_emu.testing.explorer.layer import ExploredThreads
from erts_emu.testing.findings import Finding

if TYPE_CHECKING:
    from erts_emu.testing.checks import Checks

_STORES: Final = (dis.opmap["STORE_ATTR"], dis.opmap["DELETE_ATTR"])
_EXTENDED: Final = dis.opmap["EXTENDED_ARG"]
_NOT_SHARED_YET: Final = ("start", "__init__")
_RECORDS: Final[dict[int, _Object]] = {}
"""The watched objects of all emulators, by identity."""
_ACCESS_DEPTH: Final = 3
"""How many frames ``_check`` is away from the code that accesses an attribute."""


# --- which attributes matter ---


def stored_attributes(cls: type) -> frozenset[str] | None:
    """Return the attributes that the module of *cls* stores to after an object's start; None if nobody knows."""
    module = sys.modules.get(cls.__module__)
    if module is None:
        return None
    names: set[str] = set()
    for code in _codes_of(module):
        _collect(code, names)
    for base in cls.__mro__:
        for value in vars(base).values():
            function = getattr(value, "__func__", value)
            if isinstance(function, FunctionType):
                _collect(function.__code__, names)
    return frozenset(names)


_CODES: Final[dict[str, tuple[int, list[CodeType]]]] = {}


def _codes_of(module: ModuleType) -> list[CodeType]:
    known = _CODES.get(module.__name__)
    contents = vars(module)
    if known is None or known[0] != id(contents):
        codes = []
        for value in list(contents.values()):
            if getattr(value, "__module__", None) != module.__name__:
                continue
            members = list(vars(value).values()) if isinstance(value, type) else [value]
            functions = (getattr(member, "__func__", member) for member in members)
            codes += [function.__code__ for function in functions if isinstance(function, FunctionType)]
        known = _CODES[module.__name__] = (id(contents), codes)
    return known[1]


def _collect(code: CodeType, names: set[str]) -> None:
    if code.co_name not in _NOT_SHARED_YET:
        names.update(_stored_by(code))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _collect(constant, names)


def _stored_by(code: CodeType) -> Iterator[str]:
    extended = 0
    raw = code.co_code
    for position in range(0, len(raw), 2):
        argument = raw[position + 1] | extended
        extended = argument << 8 if raw[position] == _EXTENDED else 0
        if raw[position] in _STORES:
            yield code.co_names[argument]


# --- the subclass that tells ---


def _watched_class(cls: type, names: frozenset[str] | None) -> type:
    base: Any = cls
    inherited_get: Callable[[Any, str], Any] = base.__getattribute__
    inherited_set: Callable[[Any, str, Any], None] = base.__setattr__

    def __getattribute__(self: Any, name: str) -> Any:  # noqa: N807
        if names is None or name in names:
            record = _RECORDS.get(id(self))
            if record is not None and not name.startswith("__"):
                record.watcher.access(record, name, changes=False)
        return inherited_get(self, name)

    def __setattr__(self: Any, name: str, value: Any) -> None:  # noqa: N807
        record = _RECORDS.get(id(self))
        if record is not None:
            record.watcher.access(record, name, changes=True)
        inherited_set(self, name, value)

    return type(
        cls.__name__,
        (cls,),
        {
            "__slots__": (),
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__getattribute__": __getattribute__,
            "__setattr__": __setattr__,
        },
    )


class _Access(NamedTuple):
    """One access: who, at which moment of its clock, from where."""

    thread: int
    moment: int
    name: str
    operation: str
    code: CodeType | None
    instruction: int

    @property
    def place(self) -> str:
        """FILE:LINE, or nothing: worked out when somebody asks."""
        return "" if self.code is None else place_of(self.code, self.instruction)


@final
class Attribute:
    """An attribute of one watched object, as the resource of a step, with the accesses that a race can be with."""

    __slots__ = ("by_stop", "label", "raced", "reads", "write")

    def __init__(self, label: str) -> None:
        self.label = label
        self.write: _Access | None = None
        self.reads: dict[int, _Access] = {}
        self.by_stop = False
        self.raced = False

    def __repr__(self) -> str:
        return f"<Attribute {self.label}>"


@final
class _Object:
    """What is known of one watched object."""

    __slots__ = ("attributes", "cls", "driver", "label", "stopped", "stopping", "target", "watcher")

    def __init__(self, watcher: Watcher, target: Any, driver: str, label: str) -> None:
        self.watcher = watcher
        self.target = target  # kept, so that its identity stays its own
        self.cls = type(target)
        self.driver = driver
        self.label = label
        self.attributes: dict[str, Attribute] = {}
        self.stopping = False
        self.stopped = ""


@final
class Watcher:
    """The watched objects of one emulator."""

    def __init__(self, layer: ExploredThreads, checks: Checks | None) -> None:
        self._layer = layer
        self._checks = checks
        self._objects: dict[int, _Object] = {}
        self._counts: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"<Watcher of {[watched.label for watched in self._objects.values()]}>"

    def watch(self, target: Any, driver: str) -> None:
        """Watch *target*, if that is possible: not what is built in, nor what has watched itself already."""
        cls = type(target)
        if id(target) in self._objects or not _is_ordinary(cls):
            return
        watched = _class_for(cls)
        count = self._counts[cls.__name__] = self._counts.get(cls.__name__, 0) + 1
        record = _Object(self, target, driver, f"{cls.__name__}#{count}")
        try:
            target.__class__ = watched
        except TypeError:
            return  # its layout does not allow it
        self._objects[id(target)] = _RECORDS[id(target)] = record

    def stopping(self, target: Any) -> None:
        """``stop`` is about to be called with *target*."""
        record = self._objects.get(id(target))
        if record is not None:
            record.stopping = True

    def stopped(self, target: Any, what: str) -> None:
        """``stop`` has returned: from now on the driver should not touch *target*."""
        record = self._objects.get(id(target))
        if record is not None:
            record.stopping = False
            record.stopped = what

    def close(self) -> None:
        """Let all objects go, with the classes that they had."""
        for identity, record in self._objects.items():
            _RECORDS.pop(identity, None)
            record.target.__class__ = record.cls
        self._objects.clear()

    # --- an access ---

    def access(self, record: _Object, name: str, *, changes: bool) -> None:
        """The running thread is about to read or to write an attribute of a watched object."""
        layer = self._layer
        if layer.failed_at is not None:
            return
        attribute = record.attributes.get(name)
        if attribute is None:
            attribute = record.attributes[name] = Attribute(f"{record.label}.{name}")
        layer.driver_steps += 1
        layer.point("put" if changes else "get", attribute)
        if changes and record.stopping:
            attribute.by_stop = True
        if self._checks is not None and (changes or _belongs_to(record.target, record.cls, name)):
            self._check(record, attribute, changes=changes)

    def _check(self, record: _Object, attribute: Attribute, *, changes: bool) -> None:
        layer = self._layer
        thread = layer.current
        number = thread.number
        known = layer.known[number]
        frame = _driver_frame(sys._getframe(_ACCESS_DEPTH))
        code, instruction = (None, 0) if frame is None else (frame.f_code, frame.f_lasti)
        operation = "written" if changes else "read"
        me = _Access(number, layer.moments[number], thread.name, operation, code, instruction)
        if record.stopped and not attribute.by_stop:
            self._after_stop(record, attribute, me)
        other = attribute.write
        if other is not None and other.thread != number and known.get(other.thread, 0) < other.moment:
            self._race(record, attribute, me, other)
        if not changes:
            attribute.reads[number] = me
            return
        for read in attribute.reads.values():
            if read.thread != number and known.get(read.thread, 0) < read.moment:
                self._race(record, attribute, me, read)
        attribute.write = me
        attribute.reads.clear()

    def _after_stop(self, record: _Object, attribute: Attribute, me: _Access) -> None:
        assert self._checks is not None
        self._checks.note(
            Finding(
                "use-after-stop",
                record.driver,
                f"{attribute.label} is {me.operation} on {me.name} after {record.stopped} stopped: C has freed it",
                "let jobs own what they use; they may read a flag that stop stores",
                me.place,
            )
        )

    def _race(self, record: _Object, attribute: Attribute, me: _Access, other: _Access) -> None:
        assert self._checks is not None
        if attribute.raced or attribute.by_stop:
            return
        attribute.raced = True
        first, second = sorted((me, other), key=lambda access: (access.operation, access.place))
        self._checks.note(
            Finding(
                "data-race",
                record.driver,
                f"{attribute.label} is {first.operation} on one thread, and {second.operation} on another at "
                f"{second.place}; no lock and no hand-over of a job orders the two",
                "guard it with a lock, or let the job carry a copy and ready_async take the result",
                first.place,
            )
        )


def _class_for(cls: type) -> type:
    """The watched subclass. The class itself keeps it: it is made once, and goes with the class."""
    made: type | None = vars(cls).get("_erts_emu_watched")
    if made is None:
        made = _watched_class(cls, stored_attributes(cls))
        type.__setattr__(cls, "_erts_emu_watched", made)
    return made


def _belongs_to(target: Any, cls: type, name: str) -> bool:
    """Say whether an attribute is the object's own, and not one of its class: those belong to the driver."""
    try:
        return name in object.__getattribute__(target, "__dict__")
    except AttributeError:
        return hasattr(getattr(cls, name, None), "__set__")  # a slot


_MADE_AT_RUN_TIME: Final = 1 << 9
"""The flag of types that a class statement has made."""


def _is_ordinary(cls: type) -> bool:
    if "_erts_emu_watched" in vars(cls):
        return True  # it was
    if not cls.__flags__ & _MADE_AT_RUN_TIME:
        return False
    module = cls.__module__.partition(".")[0]
    return module != "erts_emu" and module not in sys.stdlib_module_names


def place() -> str:
    """FILE:LINE of the innermost frame that is not the emulator's."""
    frame = _driver_frame(sys._getframe(1))
    return "" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _driver_frame(frame: FrameType | None) -> FrameType | None:
    """The innermost frame from *frame* on outwards that is not the emulator's."""
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith("erts_emu."):
        frame = frame.f_back
    return frame


# --- callbacks of a driver, as they are loaded ---


def watch_driver(driver: Any, watcher: Watcher) -> None:
    """Have the data of the driver's ports watched. Called at the tracepoint ``driver_init``, before the first port."""
    start, stop = driver.start, driver.stop

    if start is not None:

        def watched_start(port: Any, command: str) -> Any:
            data = start(port, command)
            if not isinstance(data, int):
                watcher.watch(data, driver.name)
            return data

        driver.start = watched_start

    if stop is not None:

        def watched_stop(data: Any) -> None:
            watcher.stopping(data)
            try:
                stop(data)
            finally:
                watcher.stopped(data, "its port")

        driver.stop = watched_stop
