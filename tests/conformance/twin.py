"""The probe of ``c/probe.c`` in Python: a driver that does what it is told.

A program is a list of commands, ``command argument;command argument``. Control with operation 0 runs one at once;
operation 100 + N keeps one for the callback ``CALLBACKS[N]``, where it runs each time. The first word after the
driver's name in the command of a port is its tag in the log, the rest is the program of ``start``. Most commands add
``command=result`` to what the program says, which is control's reply, or is logged with the callback.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from erts_emu import driver as api
from erts_emu.driver import DriverEntry, ErlDrvBinary, ErlDrvMonitor, ErlIOVec, Pointer

CALLBACKS = (
    "start", "stop", "output", "outputv", "flush", "timeout", "ready_async", "ready_input", "ready_output",
    "process_exit", "call", "control", "stop_select",
)  # fmt: skip
SET_PROGRAM = 100


def put_log(line: str) -> None:
    """Add a line to the log that scenario and driver share."""
    with Path(os.environ["PROBE_LOG"]).open("a") as log:
        log.write(line + "\n")


class Result(list[str]):
    """What the commands of a program have said."""

    def add(self, name: str, value: object) -> None:
        self.append(f"{name}={value}")

    def __str__(self) -> str:
        return ",".join(self)


class Probe:
    """One port."""

    def __init__(self, port: Any, tag: str) -> None:
        self.port = port
        self.tag = tag
        self.programs: dict[str, str] = {}
        self.pdl: Any = None
        self.data: Any = None
        self.pipe = (-1, -1)
        self.monitors: list[ErlDrvMonitor] = []
        self.form = ["normal"]
        self.start_result: int | None = None
        self.errno = 0

    # --- programs ---

    def run(self, program: str) -> Result:
        result = Result()
        for step in program.split(";"):
            command, _, argument = step.partition(" ")
            if not command:
                continue
            method = getattr(self, f"do_{command}", None)
            if method is None:
                result.add(command, "unknown")
                continue
            value = method(argument)
            if isinstance(value, int):
                result.add(command, value)
            elif value is not None:
                result.extend(f"{name}={text}" for name, text in value)
        return result

    def run_in(self, callback: str) -> Result:
        return self.run(self.programs.get(callback, ""))

    def called_back(self, callback: str, detail: object = "") -> None:
        result = self.run_in(callback)
        put_log(f"{self.tag} {callback}{f' {detail}' if detail != '' else ''}{f': {result}' if result else ''}")

    # --- commands: output ---

    def do_out(self, text: str) -> Any:
        return api.driver_output(self.port, text.encode())

    def do_outn(self, _: str) -> Any:
        return api.driver_output(self.port, None)

    def do_echo(self, _: str) -> Any:
        if isinstance(self.data, ErlIOVec):
            return api.driver_outputv(self.port, b"", self.data, 0)
        return api.driver_output(self.port, self.data)

    def do_out2(self, argument: str) -> Any:
        header, _, text = argument.partition("|")
        return api.driver_output2(self.port, header.encode(), text.encode())

    def do_out2n(self, header: str) -> Any:
        return api.driver_output2(self.port, header.encode(), None)

    def do_outb(self, argument: str) -> Any:
        header, _, text = argument.partition("|")
        return api.driver_output_binary(self.port, header.encode(), ErlDrvBinary(text.encode()), 0, len(text))

    def do_outv(self, argument: str, skip: int = 0) -> Any:
        header, _, rest = argument.partition("|")
        parts = [part.encode() for part in rest.split("|")]
        if len(parts) > 1 and not parts[-1]:
            parts.pop()
        return api.driver_outputv(self.port, header.encode(), ErlIOVec(parts, [ErlDrvBinary(p) for p in parts]), skip)

    def do_outs(self, argument: str) -> Any:
        skip, _, rest = argument.partition(" ")
        return self.do_outv(rest, int(skip))

    def do_newline(self, _: str) -> Any:
        return api.driver_output(self.port, b"\n")

    def do_crlf(self, _: str) -> Any:
        return api.driver_output(self.port, b"\r\n")

    def do_cr(self, _: str) -> Any:
        return api.driver_output(self.port, b"\r")

    def do_vec(self, _: str) -> Any:
        if not isinstance(self.data, ErlIOVec):
            return None
        ev = self.data
        parts = [f"{len(block)}{'b' if binary else ''}" for block, binary in zip(ev.iov, ev.binv, strict=True)]
        return [("vec", "+".join(parts))]

    def _spec(self, text: str) -> list[Any]:
        data = text.encode()
        return [
            api.ERL_DRV_ATOM,
            api.driver_mk_atom("probe"),
            api.ERL_DRV_STRING,
            data,
            len(data),
            api.ERL_DRV_TUPLE,
            2,
        ]

    def do_term(self, text: str) -> Any:
        return api.erl_drv_output_term(api.driver_mk_port(self.port), self._spec(text))

    def do_send(self, text: str) -> Any:
        port = api.driver_mk_port(self.port)
        return api.erl_drv_send_term(port, api.driver_caller(self.port), self._spec(text))

    # --- commands: failing, timer, queue ---

    def do_atom(self, text: str) -> Any:
        return api.driver_failure_atom(self.port, text)

    def do_fail(self, number: str) -> Any:
        return api.driver_failure(self.port, int(number))

    def do_posix(self, number: str) -> Any:
        return api.driver_failure_posix(self.port, int(number))

    def do_eof(self, _: str) -> Any:
        return api.driver_failure_eof(self.port)

    def do_exit(self, number: str) -> Any:
        return api.driver_exit(self.port, int(number))

    def do_timer(self, milliseconds: str) -> Any:
        return api.driver_set_timer(self.port, int(milliseconds))

    def do_cancel(self, _: str) -> Any:
        return api.driver_cancel_timer(self.port)

    def do_left(self, _: str) -> Any:
        left = Pointer(77777)
        result = api.driver_read_timer(self.port, left)
        return [("left", result), ("ms", "untouched" if left.value == 77777 else "some" if left.value else "0")]

    def do_enq(self, text: str) -> Any:
        return api.driver_enq(self.port, text.encode())

    def do_push(self, text: str) -> Any:
        return api.driver_pushq(self.port, text.encode())

    def do_enqb(self, text: str) -> Any:
        binary = ErlDrvBinary(text.encode())
        result = api.driver_enq_bin(self.port, binary, 0, len(text))
        references = api.driver_binary_get_refc(binary)
        api.driver_free_binary(binary)
        return [("enqb", result), ("refc", references)]

    def do_deq(self, size: str) -> Any:
        return api.driver_deq(self.port, int(size))

    def do_size(self, _: str) -> Any:
        return api.driver_sizeq(self.port)

    def do_peek(self, _: str) -> Any:
        blocks = api.driver_peekq(self.port)
        return [("peek", "none" if blocks is None else b"|".join(blocks).decode())]

    # --- commands: attributes ---

    def do_busy(self, on: str) -> Any:
        api.set_busy_port(self.port, int(on))

    def do_flags(self, flags: str) -> Any:
        api.set_port_control_flags(self.port, int(flags))

    def do_limits(self, argument: str) -> Any:
        low, high = (
            None if word == "-" else Pointer(api.ERL_DRV_BUSY_MSGQ_DISABLED if word == "off" else int(word))
            for word in argument.split(" ")
        )
        api.erl_drv_busy_msgq_limits(self.port, low, high)
        return [("limits", f"{_limit(low)}/{_limit(high)}")]

    def do_async(self, argument: str) -> Any:
        key, milliseconds, text = argument.split(" ", 2)
        pointer = None if key == "-" else Pointer(int(key))
        number = api.driver_async(self.port, pointer, _invoke, (int(milliseconds), text), _async_free)
        said = "job" if number > 0 else str(number)
        return [("async", said if pointer is None else f"{said}/{pointer.value}")]

    def do_pdl(self, what: str) -> Any:
        if what == "create":
            pdl = api.driver_pdl_create(self.port)
            self.pdl = self.pdl or pdl
            return [("pdl", "none" if pdl is None else "new")]
        if what in ("inc", "dec"):
            return [("pdl", (api.driver_pdl_inc_refc if what == "inc" else api.driver_pdl_dec_refc)(self.pdl))]
        if what != "get":
            (api.driver_pdl_lock if what == "lock" else api.driver_pdl_unlock)(self.pdl)
        return [("pdl", api.driver_pdl_get_refc(self.pdl))]

    def do_caller(self, _: str) -> Any:
        caller = api.driver_caller(self.port)
        who = "none" if caller is None else "owner" if caller == api.driver_connected(self.port) else "other"
        return [("caller", who)]

    def do_portflags(self, _: str) -> Any:
        return api.get_port_flags(self.port)

    def do_lockdrv(self, _: str) -> Any:
        return api.driver_lock_driver(self.port)

    def do_ospid(self, number: str) -> Any:
        api.erl_drv_set_os_pid(self.port, int(number))

    def do_mon(self, _: str) -> Any:
        monitor = ErlDrvMonitor()
        caller: Any = api.driver_caller(self.port)
        result = api.driver_monitor_process(self.port, caller, monitor)
        if result == 0:
            self.monitors.append(monitor)
        return result

    def do_demon(self, number: str) -> Any:
        return api.driver_demonitor_process(self.port, self.monitors[int(number)])

    def do_monpid(self, number: str) -> Any:
        pid = api.driver_get_monitored_process(self.port, self.monitors[int(number)])
        return [("monpid", "none" if pid is None else "owner" if pid == api.driver_connected(self.port) else "other")]

    def do_sleep(self, milliseconds: str) -> Any:
        api.erl_drv_sleep(int(milliseconds))

    def do_pipe(self, _: str) -> Any:
        self.pipe = os.pipe()
        os.set_blocking(self.pipe[0], False)

    def do_wr(self, text: str) -> Any:
        return os.write(self.pipe[1], text.encode())

    def do_sel(self, argument: str) -> Any:
        which, mode, on = argument.split(" ")
        return api.driver_select(self.port, self.pipe[which == "w"], int(mode), int(on))

    def do_create(self, tag: str) -> Any:
        child = Probe(None, tag)
        caller = api.driver_caller(self.port)
        name = f"{self.entry.driver_name} {tag}"
        child.entry = self.entry
        child.port = api.driver_create_port(self.port, caller, name, child)
        return [("create", "none" if child.port is api.INVALID_PORT else "port")]

    def do_ack(self, result: str) -> Any:
        failed = OSError(self.errno, os.strerror(self.errno)) if result == "-2" else int(result)
        api.erl_drv_init_ack(self.port, failed if result.startswith("-") else self)

    def do_slice(self, percent: str) -> Any:
        return api.erl_drv_consume_timeslice(self.port, int(percent))

    def do_on(self, argument: str) -> Any:
        """Keep a program, whose commands are separated by commas."""
        callback, _, program = argument.partition(" ")
        self.programs[callback] = program.replace(",", ";")

    def do_errno(self, number: str) -> Any:
        self.errno = int(number)

    def do_ret(self, number: str) -> Any:
        self.start_result = int(number)

    def do_form(self, argument: str) -> Any:
        self.form = argument.split(" ")

    entry: DriverEntry

    # --- replies ---

    def reply(self, text: bytes) -> Any:
        form = self.form[0][0]
        if form == "-":
            return -1
        if form == "0":
            return None
        if form == "z":
            return b""
        if form == "a":
            return b"a" * int(self.form[2])
        if form == "b":
            return ErlDrvBinary(b"b" * int(self.form[1]))
        return text


def _limit(pointer: Pointer[int] | None) -> str:
    if pointer is None:
        return "-"
    return "off" if pointer.value == api.ERL_DRV_BUSY_MSGQ_DISABLED else str(pointer.value)


def _invoke(job: tuple[int, str]) -> None:
    milliseconds, text = job
    if milliseconds:
        api.erl_drv_sleep(milliseconds)
    if text.startswith("!"):
        put_log(f"invoke {text}")


def _async_free(job: tuple[int, str]) -> None:
    put_log(f"async_free {job[1]}")


def probe_entry(
    name: str = "probe", *, version: str = "", flags: int = 0, nulls: tuple[str, ...] = (), init: int = 0, **fields: Any
) -> DriverEntry:
    """The probe's driver entry: a variant for each set of arguments, as the macros make in C."""
    suffix = f" {version}" if version else ""
    put_log(f"driver_init{suffix}")

    def init_callback() -> int:
        put_log(f"init{suffix}")
        return init

    def start(port: Any, command: str) -> Any:
        words = [*command.split(" ", 2), "", ""]
        probe = Probe(port, words[1])
        probe.entry = entry
        probe.programs["start"] = words[2]
        probe.called_back("start")
        if probe.start_result == -2:
            raise OSError(probe.errno, os.strerror(probe.errno))
        return probe if probe.start_result is None else probe.start_result

    def simple(callback: str) -> Any:
        return lambda probe: probe.called_back(callback)

    def output(probe: Probe, buf: bytes) -> None:
        probe.data = buf
        probe.called_back("output", len(buf))

    def outputv(probe: Probe, ev: ErlIOVec) -> None:
        probe.data = ev
        probe.called_back("outputv", ev.size)
        probe.data = None

    def ready_input(probe: Probe, event: int) -> None:
        try:
            text = os.read(event, 99).decode()
        except BlockingIOError:
            text = ""
        probe.called_back("ready_input", text)

    def ready_output(probe: Probe, event: int) -> None:
        api.driver_select(probe.port, event, api.ERL_DRV_WRITE, 0)
        probe.called_back("ready_output")

    def stop_select(event: int, reserved: object) -> None:
        put_log("stop_select")
        os.close(event)

    def process_exit(probe: Probe, monitor: ErlDrvMonitor) -> None:
        known = [n for n, each in enumerate(probe.monitors) if api.driver_compare_monitors(each, monitor) == 0]
        probe.called_back("process_exit", known[-1] if known else "unknown")

    def control(probe: Probe, command: int, buf: bytes) -> Any:
        probe.form = ["normal"]
        if SET_PROGRAM <= command < SET_PROGRAM + len(CALLBACKS):
            probe.programs[CALLBACKS[command - SET_PROGRAM]] = buf.decode()
            return probe.reply(b"ok")
        text = str(probe.run(buf.decode())) if command == 0 else f"op={command}"
        return probe.reply(text.encode())

    def call(probe: Probe, command: int, buf: bytes) -> Any:
        probe.form = ["normal"]
        probe.called_back("call", command)
        return probe.reply(buf)

    callbacks: dict[str, Any] = {
        "start": start, "stop": simple("stop"), "output": output, "outputv": outputv, "flush": simple("flush"),
        "timeout": simple("timeout"), "ready_async": lambda probe, job: probe.called_back("ready_async", job[1]),
        "ready_input": ready_input, "ready_output": ready_output, "process_exit": process_exit, "call": call,
        "control": control, "stop_select": stop_select,
    }  # fmt: skip
    for callback in nulls:
        del callbacks[callback]
    entry = DriverEntry(
        driver_name=name,
        driver_flags=flags,
        init=init_callback,
        finish=lambda: put_log(f"finish{suffix}"),
        **callbacks,
        **fields,
    )
    return entry
