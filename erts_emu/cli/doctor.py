"""``erts-emu doctor``: what is available here, and what to install for the rest."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Generator, Iterator
from typing import Final, Literal, NamedTuple

Verdict = Literal["ok", "--", "NO"]
"""There; absent, and something optional is missing with it; absent, and nothing works without it."""

_REQUIRED: Final = ("attrs", "pluggy", "structlog", "greenlet", "rich")
_ASK_ERL: Final = """io:format("Erlang/OTP ~s, ERTS ~s~n~s", [erlang:system_info(otp_release),
erlang:system_info(version), code:root_dir()]), halt()."""
_PATIENCE: Final = 20


class Finding(NamedTuple):
    """One line of the report, and what to do about it."""

    verdict: Verdict
    what: str
    found: str
    remedy: str = ""


def doctor() -> int:
    """Look around and print the findings; 1 if something is missing without which nothing works."""
    failed = 0
    for finding in _findings():
        print(f"{finding.verdict}  {finding.what:<15} {finding.found}")
        if finding.remedy:
            print(f"    {'':<15} -> {finding.remedy}")
        failed |= finding.verdict == "NO"
    return int(failed)


def _findings() -> Iterator[Finding]:
    yield _python()
    yield _interpreter_lock()
    for package in _REQUIRED:
        yield _package(package)
    root = yield from _erl()
    compiler = _compiler()
    yield compiler
    yield _driver_header(root)
    yield _native_bridge(compiler)


def _python() -> Finding:
    build = f"{platform.python_implementation()} {platform.python_version()}"
    return Finding("ok", "python", f"{build}, {os.cpu_count()} processors, {platform.machine()} {platform.system()}")


def _interpreter_lock() -> Finding:
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        return Finding(
            "--", "free threading", "no: async threads share the interpreter lock, and run at once only outside of it"
        )
    if getattr(sys, "_is_gil_enabled", lambda: True)():
        return Finding("--", "free threading", "built in, but switched off", "run python with -X gil=0")
    return Finding("ok", "free threading", "yes: schedulers and async threads run at once")


def _package(name: str) -> Finding:
    try:
        return Finding("ok", name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding("NO", name, "not installed", f"pip install {name}")


def _erl() -> Generator[Finding, None, str | None]:
    """Yield what there is to say of ``erl``; return its root directory, if it has one."""
    erl = shutil.which("erl")
    if erl is None:
        yield Finding(
            "--", "erl", "not installed: no comparing with it", "apt install erlang-base, or your system's OTP"
        )
        return None
    command = [erl, "-noshell", "-noinput", "-eval", _ASK_ERL]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        yield Finding("--", "erl", f"{erl} does not work: {error}")
        return None
    release, root = answer.stdout.split("\n", 1)
    other = "" if release.startswith("Erlang/OTP 25,") else "; OTP 25 is what is emulated: expect differences"
    yield Finding("ok", "erl", f"{release} ({erl}){other}")
    return root


def _compiler() -> Finding:
    for command in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        words = shlex.split(command)
        if words and (path := shutil.which(words[0])) is not None:
            return Finding("ok", "C compiler", path)
    return Finding("--", "C compiler", "not found", "apt install gcc, or set CC")


def _driver_header(root: str | None) -> Finding:
    header = None if root is None else os.path.join(root, "usr", "include", "erl_driver.h")
    if header is not None and os.path.exists(header):
        return Finding("ok", "erl_driver.h", header)
    return Finding(
        "--", "erl_driver.h", "not found: C drivers cannot be compiled against OTP", "apt install erlang-dev"
    )


def _native_bridge(compiler: Finding) -> Finding:
    from erts_emu.native import BridgeMissing, bridge

    try:
        bridge()
    except BridgeMissing as error:
        missing = [] if compiler.verdict == "ok" else ["gcc"]
        if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
            missing.append("python3-dev")
        first = f"apt install {' '.join(missing)}, then " if missing else ""
        return Finding(
            "--",
            "native bridge",
            f"absent: drivers written in Python work, those written in C (.so) cannot be loaded ({error})",
            f"{first}pip install --force-reinstall erts_emu, or in a checkout python -m erts_emu.native.build",
        )
    return Finding("ok", "native bridge", "drivers written in C can be loaded")
