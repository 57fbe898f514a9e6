"""The real ``erl`` as a side: built once into a cache directory, then kept running and asked line by line."""

import hashlib
import os
import select
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.protocols import Unavailable

SOURCES = Path(__file__).with_name("erl")
#: One scheduler and one async thread, like the emulator's side.
DEFAULT_FLAGS = ("+S", "1:1", "+A", "1")
#: Standard output belongs to the answers.
LOG_TO_STDERR = "[{handler, default, logger_std_h, #{config => #{type => standard_error}}}]"
ANSWER_TIMEOUT = 300.0
BUILD_TIMEOUT = 120.0


class ErlError(RuntimeError):
    """The node answered with an error, or died."""


def need(*programs: str) -> None:
    """Raise `Unavailable` unless all `programs` are on the path."""
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        raise Unavailable(f"{' and '.join(missing)} not found on the path")


def environment() -> dict[str, str]:
    """Return this process' environment without variables that would add flags of their own to ``erl``."""
    kept = {k: v for k, v in os.environ.items() if not (k.startswith("ERL_") and k.endswith("FLAGS"))}
    return kept | {"ERL_CRASH_DUMP_SECONDS": "0"}


@cache
def root_directory() -> Path:
    """Return the root of the Erlang installation."""
    need("erl")
    return Path(_run(["erl", "-noinput", "-eval", "io:put_chars(code:root_dir()), halt(0)."]))


def otp_version() -> str | None:
    """Return the version of the installed OTP, or None where there is none."""
    try:
        found = sorted(root_directory().glob("releases/*/OTP_VERSION"))
    except Unavailable:
        return None
    return found[-1].read_text().strip() if found else None


@cache
def build() -> Path:
    """Compile driver and module, unless the cache has them, and return the directory that holds both."""
    need("erl", "erlc", "gcc")
    root = root_directory()
    include = root / "usr" / "include"
    if not (include / "erl_driver.h").exists():
        raise Unavailable(f"no erl_driver.h in {include} (Debian: install erlang-dev)")
    home = _cache_directory() / _fingerprint(root)
    if not home.exists():
        _build_into(home, include)
    return home


def start_and_halt() -> None:
    """Start an ``erl``, halt it at once, and wait until it is gone."""
    command = ["erl", *DEFAULT_FLAGS, "-noinput", "-eval", "halt(0)."]
    subprocess.run(command, check=True, env=environment(), timeout=BUILD_TIMEOUT)


class ErlNode:
    """A running ``erl``. `ask` sends one request and returns the numbers of its answer."""

    def __init__(self, *flags: str) -> None:
        self.flags = flags or DEFAULT_FLAGS
        home = build()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        quiet = ["+Bi", "-noshell", "-kernel", "logger", LOG_TO_STDERR]
        command = ["erl", *self.flags, *quiet, "-pa", str(home), "-run", "bench", "main", str(home)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment(),
            bufsize=0,
        )
        self._answer("start")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: object, tb: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<ErlNode {' '.join(self.flags)} pid {self._process.pid}>"

    def ask(self, request: str, *numbers: int) -> list[int]:
        line = " ".join([request, *map(str, numbers)])
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode() + b"\n")
        except BrokenPipeError:
            raise self._broken(line, "it has exited") from None
        return self._answer(line)

    def close(self) -> None:
        """Close its input, at which it halts; make sure that it does."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()

    def _answer(self, request: str) -> list[int]:
        stdout = self._process.stdout
        assert stdout is not None
        if not select.select([stdout], [], [], ANSWER_TIMEOUT)[0]:
            raise self._broken(request, f"no answer in {ANSWER_TIMEOUT:g} s")
        kind, _, rest = stdout.readline().decode().strip().partition(" ")
        if kind != "ok":
            raise self._broken(request, rest or "it has exited")
        return [int(word) for word in rest.split()]

    def _broken(self, request: str, reason: str) -> ErlError:
        self._log.seek(0)
        said = self._log.read()[-2000:].decode(errors="replace").strip()
        return ErlError(f"{self!r}, asked for {request!r}: {reason}" + (f"\n{said}" if said else ""))


def _cache_directory() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    if not base and "HOME" in os.environ:
        base = str(Path.home() / ".cache")
    return Path(base or tempfile.gettempdir()) / "erts_emu" / "benchmarks"


def _fingerprint(root: Path) -> str:
    """Name a build after everything that it depends on."""
    parts = [path.read_bytes() for path in sorted(SOURCES.iterdir()) if path.is_file()]
    releases = "".join(sorted(path.name for path in root.glob("erts-*")))
    return hashlib.sha256(b"\0".join([*parts, str(root).encode(), releases.encode()])).hexdigest()[:16]


def _build_into(home: Path, include: Path) -> None:
    """Build beside `home` and rename, so that a half-finished build is never found."""
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=home.parent))
    except OSError as err:
        raise Unavailable(f"no place for compiled files: {err}") from err
    try:
        library = str(work / "bench_drv.so")
        compile_c = ["gcc", "-O2", "-Wall", "-Wextra", "-fPIC", "-shared", f"-I{include}", "-o", library]
        _run([*compile_c, str(SOURCES / "bench_drv.c")])
        _run(["erlc", "-o", str(work), str(SOURCES / "bench.erl")])
        work.rename(home)
    except OSError:
        if not home.exists():  # otherwise another run was faster: use what it built
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run(command: list[str]) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(), timeout=BUILD_TIMEOUT, check=False
    )
    if done.returncode:
        raise Unavailable(f"{command[0]} failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout
