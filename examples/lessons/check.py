"""Check an exercise: ``python check.py LESSON [FILE]``; without FILE, the lesson's own ``exercise_NN.py`` (or ``.c``).

The rules of lesson 1 are the functions of ``01_…/rules_01.py``, in their order. Each is given the module of the
exercise; it returns if the exercise obeys, and raises if not.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

from structlog.testing import capture_logs

from erts_emu.ethread import SimulationOver

HERE = Path(__file__).resolve().parent
_NOT_FOR_LEARNERS = re.compile(
    r"\n +at \S*(erts_emu/|rules_\d\d\.py|check\.py).*| at \S*erts_emu/\S+:\d+|\nto see it again, replay .*"
)
_PATH = re.compile(r"\S*/(\w+\.py:\d+)")
USAGE = "usage: python check.py LESSON [FILE]"

Rule = Callable[[ModuleType], None]


def main(arguments: list[str]) -> int:
    """Check what the arguments name; return the exit status."""
    if not 1 <= len(arguments) <= 2 or not arguments[0].isdecimal() or not (folder := folder_of(int(arguments[0]))):
        print(USAGE)
        return 2
    number = int(arguments[0])
    name = arguments[1] if len(arguments) > 1 else next(folder.glob("exercise_*")).name
    file = next((path.resolve() for path in (Path(name), folder / name) if path.is_file()), None)
    if file is None:
        print(f"there is no file {name}")
        return 2
    problem = check(number, file)
    print(f"not yet: {problem}" if problem else "Well done.")
    return 1 if problem else 0


def folder_of(number: int) -> Path | None:
    """The folder of a lesson; None if there is no such lesson."""
    return next(HERE.glob(f"{number:02}_*/"), None)


def check(number: int, file: Path) -> str:
    """Try the rules of a lesson on *file*, until one is broken; say how it is, or return the empty string."""
    folder = folder_of(number)
    assert folder is not None
    try:
        exercise = load(file)
    except Exception as error:  # noqa: BLE001 -- whatever the learner has written
        return f"{file.name} cannot be loaded: {explained(error, file)}"
    for rule in rules_of(load(folder / f"rules_{number:02}.py")):
        try:
            with capture_logs():  # what a driver has raised is told below
                rule(exercise)
        except AssertionError as error:
            return f"{sentence(rule)}\n  {with_notes(error)}"
        except (Exception, SimulationOver) as error:  # noqa: BLE001
            return f"{sentence(rule)}\n  {explained(error, file)}"
        print(f"ok: {sentence(rule)}")
    return ""


def load(file: Path) -> ModuleType:
    """Run a file as a module, anew each time. Of a driver in C there is only the name, in ``source``."""
    if file.suffix == ".c":
        in_c = ModuleType(file.stem)
        in_c.source = file  # type: ignore[attr-defined]
        return in_c
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rules_of(module: ModuleType) -> Iterator[Rule]:
    """The public functions that a module defines, in their order."""
    for name, value in vars(module).items():
        if callable(value) and getattr(value, "__module__", "") == module.__name__ and not name.startswith("_"):
            yield value


def sentence(rule: Rule) -> str:
    """What a rule wants, in one line."""
    return (rule.__doc__ or rule.__name__).partition("\n")[0]


def with_notes(error: BaseException) -> str:
    """A message with what was noted on it, such as an exception in the driver that has gone before."""
    text = "\n".join([str(error), *getattr(error, "__notes__", [])])
    return _PATH.sub(r"\1", _NOT_FOR_LEARNERS.sub("", text)).replace("\n", "\n  ")


def explained(error: BaseException, file: Path) -> str:
    """What was raised, and where in the learner's file."""
    root = error
    while root.__cause__ is not None:
        root = root.__cause__
    lines = [frame.lineno for frame in traceback.extract_tb(root.__traceback__) if frame.filename == str(file)]
    place = f" (line {lines[-1]} of {file.name})" if lines else ""
    return f"{type(root).__name__}: {with_notes(root)}{place}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
