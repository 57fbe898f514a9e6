"""Compile the bridge: ``python -m erts_emu.native.build [FOLDER]``, by default beside this file.

Needs a C compiler (``$CC``, ``cc``, ``gcc`` or ``clang``) and Python's headers. This file imports nothing of the
package: the installer runs it too.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import zlib
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
SOURCES: Final = HERE / "c"
HEADERS: Final = HERE / "include"
FREE_THREADED: Final = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


class CannotBuild(RuntimeError):
    """There is no compiler, no header, or the compiler refused; the message says what to do."""


def file_name() -> str:
    """The file name of the extension: one for all versions of CPython, but for free-threaded builds."""
    return f"_bridge{sysconfig.get_config_var('EXT_SUFFIX') if FREE_THREADED else '.abi3.so'}"


def digest() -> str:
    """Return what tells these sources from others. The extension carries it, so that an old one is noticed."""
    checksum = 0
    for file in sorted([*SOURCES.glob("*.[ch]"), *HEADERS.glob("*.h")]):
        checksum = zlib.crc32(file.read_bytes(), checksum)
    return f"{checksum:08x}"


def find_compiler() -> list[str]:
    """Return the compiler's command. Raises ``CannotBuild``."""
    for command in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        words = shlex.split(command)
        if words and shutil.which(words[0]) is not None:
            return words
    raise CannotBuild("no C compiler found: install one (Debian: apt install gcc), or set CC")


def include_folder() -> str:
    """Return where ``Python.h`` is. Raises ``CannotBuild``."""
    folder = sysconfig.get_path("include")
    if not os.path.exists(os.path.join(folder, "Python.h")):
        raise CannotBuild(f"no Python.h in {folder}: install Python's headers (Debian: apt install python3-dev)")
    return folder


def build(folder: Path, *, options: tuple[str, ...] = ("-O2",)) -> Path:
    """Compile the bridge into *folder*; return the file. Raises ``CannotBuild``."""
    target = folder / file_name()
    command = [
        *find_compiler(), *options, "-std=gnu11", "-Wall", "-Wextra", "-shared", "-fPIC", "-fvisibility=hidden",
        "-fno-plt",
        *(["-DERTS_EMU_FREE_THREADED"] if FREE_THREADED else []), f'-DERTS_EMU_SOURCES="{digest()}"',
        f"-I{HEADERS}", f"-I{include_folder()}",
        *map(str, sorted(SOURCES.glob("*.c"))), "-o", f"{target}.new", "-ldl", "-lpthread",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotBuild(f"{shlex.join(command)} failed:\n{done.stderr}")
    os.replace(f"{target}.new", target)
    return target


def main(arguments: list[str]) -> int:
    """Build, and say where the result is."""
    try:
        print(build(Path(arguments[0]) if arguments else HERE))
    except CannotBuild as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
