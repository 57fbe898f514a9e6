"""Scripts with their drivers in C, what ``erl`` printed for them, and both systems to run them with.

A script is ``THEME/NAME.erl``, a file of expressions as ``file:eval/1`` takes them; ``NAME.expected`` is what ``erl``
printed. Scripts of all themes load the drivers of ``c/`` from the folder that ``os:getenv("DRIVERS")`` names. Ports,
pids and references in the output are renamed in the order in which they appear, since each system numbers them its own
way. Comments at a script's beginning say how it has to be run:

- ``%% flags: +A 4``: with these flags of the emulator;
- ``%% threads: real``: not on simulated threads, since a driver waits in C for what only time can bring;
- ``%% alone``: it halts the system.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from attrs import frozen
from native import building
from structlog.testing import capture_logs

HERE: Final = Path(__file__).parent
DIFFERENTIAL: Final = HERE.parent / "differential"
SOURCES: Final = sorted([*(HERE / "c").glob("*.c"), *(DIFFERENTIAL / "c").glob("*.c")])
INCLUDED: Final = sorted([*(HERE / "c").glob("*.h"), *(DIFFERENTIAL / "c").glob("*.h")])
TOOLS: Final = DIFFERENTIAL / "tools.script"
"""What scripts that random programs have left behind begin with."""
ERL: Final = shutil.which("erl")
OF_OTP: Final = None if ERL is None else Path(ERL).resolve().parents[1] / "usr" / "include"
"""The folder of OTP's own ``erl_driver.h``, which need not be installed."""
FLAGS: Final = ("+S", "4:4")
"""Those of scripts that say nothing."""
PATIENCE: Final = 20
"""Seconds that ``erl`` has for one script."""

_SETTING: Final = re.compile(r"%% (flags|threads|alone)(?:: (.*))?\n")
_IDENTIFIER: Final = re.compile(r"#Port<\d+\.\d+>|<\d+\.\d+\.\d+>|#Ref<\d+(?:\.\d+)+>|#Fun<[\w.]+>")


@frozen
class Script:
    """One script, and how it has to be run."""

    path: Path
    flags: tuple[str, ...] = FLAGS
    real_only: bool = False
    alone: bool = False

    @property
    def name(self) -> str:
        """``THEME/NAME``."""
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def recording(self) -> Path:
        """The file with what ``erl`` printed."""
        return self.path.with_suffix(".expected")

    def expected(self) -> str:
        """What ``erl`` printed when the script was last recorded."""
        return self.recording.read_text(encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Script:
        """Read the comments at the beginning of a script."""
        settings: dict[str, str] = {}
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if not line.startswith("%"):
                    break
                if match := _SETTING.fullmatch(line):
                    settings[match[1]] = match[2] or ""
        flags = tuple(shlex.split(settings["flags"])) if "flags" in settings else FLAGS
        return cls(path, flags, settings.get("threads") == "real", "alone" in settings)


def scripts(names: Iterable[str] = ()) -> list[Script]:
    """All scripts, or those of the given themes and ``THEME/NAME``."""
    found = [Script.read(path) for path in sorted(HERE.glob("*/*.erl"))]
    wanted = set(names)
    return [each for each in found if not wanted or each.name in wanted or each.path.parent.name in wanted]


def renamed(text: str) -> str:
    """Name ports, pids, references and funs in the order in which they appear."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}

    def name(match: re.Match[str]) -> str:
        kind = re.match(r"[#\w]*", match[0])[0]  # type: ignore[index]
        if match[0] not in names:
            counts[kind] = counts.get(kind, 0) + 1
            names[match[0]] = f"{kind}<{counts[kind]}>"
        return names[match[0]]

    return _IDENTIFIER.sub(name, text)


def drivers(*, of_otp: bool) -> Path:
    """Compile all drivers, with OTP's own header or with the package's; return their folder."""
    headers = OF_OTP if of_otp and OF_OTP is not None and OF_OTP.exists() else building.HEADERS
    return building.compile_together("scripts", SOURCES, headers, included=INCLUDED)


# --- the real erl ---

# A script that "erl -eval" evaluates is in the process init, which traps exits.
_RUNNER: Final = r"""
{ok, List} = file:read_file(os:getenv("SCRIPTS")).
{ok, Before} = erl_ddll:loaded_drivers().
Clean = fun Clean(0) -> ok;
            Clean(N) -> case erl_ddll:loaded_drivers() of {ok, Before} -> ok; _ -> timer:sleep(10), Clean(N - 1) end
        end.
Run = fun(File) ->
    io:format("~n== ~s~n", [File]),
    {Pid, Ref} = spawn_monitor(fun() -> process_flag(trap_exit, true), exit({evaluated, file:eval(File)}) end),
    receive
        {'DOWN', Ref, process, Pid, {evaluated, ok}} -> io:format("~n-- ok~n");
        {'DOWN', Ref, process, Pid, Reason} -> io:format("~n-- failed: ~p~n", [Reason])
    after list_to_integer(os:getenv("PATIENCE")) * 1000 ->
        io:format("~n-- failed: no end; ~p~n", [process_info(Pid)]),
        halt(1, [{flush, false}])
    end,
    Clean(200)
end.
[Run(File) || File <- string:lexemes(binary_to_list(List), "\n")].
"""


class NoAnswer(RuntimeError):
    """``erl`` did not run a script to its end."""


def ask_erl(asked: Iterable[Script], *, whole: bool = True) -> dict[str, str]:
    """Run scripts in as few starts of ``erl`` as their flags allow; return what each printed.

    Raises ``NoAnswer`` if one of them failed, unless *whole* is false: then the failure is part of the answer.
    """
    batches: dict[tuple[str, ...], list[Script]] = {}
    answers: dict[str, str] = {}
    for each in asked:
        if each.alone:
            said = _erl(each.flags, f'file:eval("{each.path}"), halt().', "")
            answers[each.name] = renamed(said)
        else:
            batches.setdefault(each.flags, []).append(each)
    for flags, batch in batches.items():
        answers.update(_ask_erl_together(flags, batch, whole=whole))
    return answers


def _ask_erl_together(flags: tuple[str, ...], batch: list[Script], *, whole: bool) -> dict[str, str]:
    answers: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        runner = Path(folder) / "runner.erl"
        runner.write_text(_RUNNER, encoding="utf-8")
        printed = _erl(flags, f'file:eval("{runner}"), halt().', "\n".join(str(each.path) for each in batch))
    parts = printed.split("\n== ")[1:]
    for each, part in zip(batch, parts, strict=False):
        name, _, said = part.partition("\n")
        said, mark, verdict = said.partition("\n-- ")
        if name != str(each.path) or verdict.strip() != "ok":
            said += mark + verdict
            if whole:
                raise NoAnswer(f"{each.name}: {said}")
        answers[each.name] = renamed(said)
    if whole and len(parts) < len(batch):
        raise NoAnswer(f"erl ended before {batch[len(parts)].name}:\n{printed[-2000:]}")
    return answers


def _erl(flags: tuple[str, ...], program: str, names: str) -> str:
    assert ERL is not None
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "scripts").write_text(names, encoding="utf-8")
        environment = {
            **os.environ,
            "DRIVERS": str(drivers(of_otp=True)),
            "TOOLS": str(TOOLS),
            "SCRIPTS": f"{folder}/scripts",
            "PATIENCE": str(PATIENCE),
        }
        command = [ERL, *flags, "-noshell", "-kernel", "logger_level", "none", "-eval", program]
        with open(f"{folder}/printed", "wb+") as output:
            with contextlib.suppress(subprocess.TimeoutExpired):  # what it has printed tells where it hangs
                subprocess.run(
                    command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder,
                    timeout=PATIENCE * 10, check=False,
                )  # fmt: skip
            output.seek(0)
            return output.read().decode("latin-1")


# --- the emulator ---


@contextlib.contextmanager
def _environment(**variables: str) -> Iterator[None]:
    old = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in old.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def ask_emulator(script: Script, *options: str) -> str:
    """Run a script as ``erts-emu run`` does, in this very process; return what it printed.

    What goes to standard error, such as a form that fails, is part of it: ``erl`` has printed nothing there.
    """
    from erts_emu.cli import main

    said = io.BytesIO()
    stream = io.TextIOWrapper(said, encoding="latin-1", write_through=True)
    folder = drivers(of_otp=False)
    with (
        _environment(DRIVERS=str(folder), TOOLS=str(TOOLS)),
        contextlib.redirect_stdout(stream),
        contextlib.redirect_stderr(stream),
        capture_logs(),  # as ``logger_level none`` does there
    ):
        old = sys.getswitchinterval()
        sys.setswitchinterval(0.0005)  # a thread that spins gives way as often as an operating system would make it
        try:
            main([*script.flags, "run", *options, str(script.path)])
        finally:
            sys.setswitchinterval(old)
    return renamed(said.getvalue().decode("latin-1"))
