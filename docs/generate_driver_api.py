"""Writes ``driver_api.md``: every function of the driver API, what it does, and the test that proves it.

``python docs/generate_driver_api.py`` writes the page; ``tests/driver_api/test_complete.py`` checks that it is up to
date.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "driver_api.md"
API: Final = ROOT / "erts_emu" / "driver" / "api"
TESTS: Final = ROOT / "tests" / "driver_api"

CHAPTERS: Final = (
    "output", "terms", "failure", "memory", "queue", "time", "events", "async_jobs", "data_lock", "busy", "attributes",
    "monitors", "ports", "system", "locks", "threads", "environment",
)  # fmt: skip

DONE: Final = "done"
STATUS: Final = {
    "driver_alloc": "done, as a counted `bytearray`",
    "driver_realloc": "done, as a counted `bytearray`",
    "driver_free": "done, as a counted `bytearray`",
    "driver_output_binary": "done; the data is copied, never shared",
    "erl_drv_thread_opts_create": "done; the stack size has no effect",
    "driver_dl_open": "done, with `ctypes`",
    "driver_dl_sym": "done, with `ctypes`",
    "driver_dl_close": "done, with `ctypes`",
    "erl_drv_sleep": "not in C: the emulator's own",
}

SURPRISES: Final = """\
S1 failing inside `start` crashes OTP; here it raises `DriverMisuse`
S2 so does failing, or dropping the very monitor, inside `process_exit`
S3 `driver_create_port` without port-level locking hangs OTP; here it raises `DriverMisuse`
S4 the `'DOWN'` of a port says `process` if its exit reason is no immediate term
S5 missing `timeout`, `ready_input` and `ready_output` are no errors
S6 `driver_vec_to_buf` returns the bytes copied, not the room left
S7 `erl_drv_getenv` never tells the size needed
S8 `erl_drv_init_ack` inside `start` is lost
S9 `exit(Port, normal)`, by any process, closes a port
S10 a closing port still serves `port_control`, `port_call` and `port_info`
S11 `exit(Port, kill)` does nothing to a closing port
S12 `binary`, `line` and `eof` have no effect inside `start`
S13 the NULL buffer is sent as `[]` even in binary mode
S14 binaries and vectors pass the line buffer by
S15 in line mode, a header stands before each completed line, and is lost if there is none
S16 skipping cuts the caller's vector
S17 `driver_pushqv` without binaries corrupts OTP's queue; here it copies
S18 `driver_async` overwrites the key
S19 `ERL_DRV_USE_NO_CALLBACK` alone leaves events on
S20 `ERL_DRV_USE` off calls `stop_select` each time, for unknown descriptors too
S21 `stop_select` runs inside `driver_select`
S22 `ready_output` comes before `ready_input`
S23 of suspended senders the first one goes last
S24 both limits of the message queue are exclusive
S25 limits that cross: the high one wins, unless only the low one is given
S26 nobody touches `handle` and `handle2`
S27 a whole `ErlDrvBinary` is the reply of control; flags count as they are after the callback
S28 a `call` that returns nothing is `badarg`
S29 a NULL reply is `[]` even in binary mode
S30 terms: 1 sent, 0 nobody there, -1 malformed; NaN and duplicate keys are found last
S31 `ERL_DRV_STRING` of NULL fails even with length 0, `ERL_DRV_BUF2BINARY` does not
S32 `ERL_DRV_EXT2TERM` ignores what follows the term
S33 `driver_exit` tells the owner nothing
S34 `driver_failure(port, 0)` is the end of file
S35 a failure throws the queue away, calls no `flush`, and `stop` before it returns
S36 output from `stop` is delivered, after the exit signal
S37 `halt` calls no `finish`, and waits for ports whose queues are not empty
S38 `driver_dl_error` does not tell of a failed `driver_dl_open`
S39 an unlinked owner may die, and the port lives on
S40 a timer of 0 inside `timeout` never recurses
S41 a failing `init` of `add_driver_entry` is silent, duplicates shadow, removing calls no `finish`
S42 any process may use the owner's pid in `Port ! {Pid, …}`
S43 `port_connect` links and is silent, `{connect, Pid}` links nobody and is answered
S44 a `start` that returns -4 has succeeded
S45 `dtrace_drvport_str` is declared but not there
S46 `driver_binary_dec_refc` to 0 does not free
S47 no exit message is `{'EXIT', error, Reason}`
"""

DIFFERENCES: Final = (
    ("wrong use of threads and locks aborts the system, `Fatal error in …`", "`DriverMisuse` with the same words"),
    (
        "failing in `start` or `process_exit`, `driver_system_info(NULL)`, `erl_drv_thread_join(NULL)` crash it",
        "`DriverMisuse`",
    ),
    (
        "`driver_create_port` with driver-level locking, `add_driver_entry` inside `init` hang for ever",
        "`DriverMisuse`",
    ),
    (
        "a port that somebody closes before its `erl_drv_init_ack` leaves `open_port` hanging",
        "`open_port` returns the dead port, as after `driver_failure`",
    ),
    ("parts outside of a binary, lengths beyond a buffer's end: undefined", "`DriverMisuse`"),
    (
        "`driver_output_binary` and `ERL_DRV_BINARY` share more than 64 bytes with the receiver: the count rises until "
        "it has forgotten them",
        "the bytes are copied, the count stays: nobody can see when Python code has forgotten a message",
    ),
    (
        "`stop_select` for a regular file runs on a poll thread, shortly after",
        "inside `driver_select`, as for every other descriptor",
    ),
    ("a failed `driver_dl_sym` lets the thread believe that the driver list is locked", "it does not"),
    ("external terms with identifiers of other nodes are terms", "malformed: there is no distribution"),
    (
        "a thread that ends keeps its locks",
        "the same; with the lock checker, they are given back and a `LockError` is reported",
    ),
)


def functions(chapter: str) -> Iterator[tuple[str, str, str]]:
    """Yield name, thread code and summary of a chapter's functions, in the order of the source."""
    for node in ast.parse((API / f"{chapter}.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            summary = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
            text, _, code = summary.rpartition(" [")
            yield node.name, code.removesuffix("]."), text


def title(chapter: str) -> str:
    """Return the first sentence of a chapter's docstring."""
    docstring = ast.get_docstring(ast.parse((API / f"{chapter}.py").read_text(encoding="utf-8"))) or ""
    return docstring.split("\n")[0].removesuffix(".")


def proofs() -> dict[str, list[tuple[str, str]]]:
    """Return the tests that prove each name: ``(file, test)``, in the order of the sources."""
    found: dict[str, list[tuple[str, str]]] = {}
    for file in sorted(TESTS.glob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for name in _proved(node):
                    found.setdefault(name, []).append((file.name, node.name))
    return found


def _proved(node: ast.FunctionDef) -> Iterator[str]:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "proves":
            for argument in decorator.args:
                assert isinstance(argument, ast.Constant)
                yield str(argument.value)


def _links(tests: list[tuple[str, str]], *, most: int) -> str:
    links = [f"[{test.removeprefix('test_').replace('_', ' ')}](../tests/driver_api/{file})" for file, test in tests]
    more = f", and {len(links) - most} more" if len(links) > most else ""
    return "; ".join(links[:most]) + more


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


def page() -> str:
    """Return the whole page."""
    proved = proofs()
    lines = [
        "# The driver API",
        "",
        "<!-- Written by docs/generate_driver_api.py: edit that, or the docstrings, and run it again. -->",
        "",
        "All 112 functions that `erl_driver.h` of OTP 25 declares, for drivers written in Python:",
        "`from erts_emu.driver import …`. OTP's manual pages `erl_driver` and `driver_entry` describe them;",
        "arguments come in C's order. Where C passes a buffer and its length, `bytes` carry both; a buffer that is",
        "written to is a `bytearray`; a pointer that is written through is a `Pointer`, or the structure itself; NULL",
        "and NIL are `None`.",
        "",
        "*Thr*: **A** any thread; **P** a thread that holds the port data lock or, if the port has none, a callback of",
        "the port; **C** only inside a callback of the port; **S** a scheduler's thread. With the lock checker on, a",
        "call without the lock raises `LockNotHeld`.",
        "",
        "A dead port, and `INVALID_PORT`, give OTP's results:",
        "[what every function answers](../tests/driver_api/test_dead_handles.py). A handle that is used after the",
        "callback in which its port died raises `StalePortHandle`.",
    ]
    for chapter in CHAPTERS:
        lines += [
            "",
            f"## {_cell(title(chapter))}",
            "",
            "| function | Thr | | status | proved by |",
            "| --- | --- | --- | --- | --- |",
        ]
        for name, code, text in functions(chapter):
            tests = _links(proved.get(name, []), most=2)
            lines.append(f"| `{name}` | {code} | {_cell(text)} | {STATUS.get(name, DONE)} | {tests} |")
        if chapter == "attributes":
            tests = _links(proved["driver_term_nil"], most=2)
            lines.append(f"| `driver_term_nil` | A | A constant, not a function: NIL, which is None | done | {tests} |")
        if chapter == "system":
            tests = _links(proved["dtrace_drvport_str"], most=2)
            text = "OTP's header declares it, its executable lacks it: a driver that imports it fails to load"
            lines.append(f"| `dtrace_drvport_str` | C | {text} | absent, as in OTP | {tests} |")
    lines += ["", "## What surprises", "", "| | what | proved by |", "| --- | --- | --- |"]
    for line in SURPRISES.splitlines():
        number, _, text = line.partition(" ")
        lines.append(f"| {number} | {_cell(text)} | {_links(proved.get(number, []), most=2)} |")
    lines += ["", "## Deliberate differences", "", "| OTP 25 | here |", "| --- | --- |"]
    lines += [f"| {theirs} | {ours} |" for theirs, ours in DIFFERENCES]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
