"""What Erlang code does with ports: open, command, control, close, … (ERTS: ``erl_bif_port.c``).

Each request is executed at once, in the calling process's context, if the port is free; otherwise it becomes a
port task, and a :class:`Pending` says which reply the caller has to wait for. Either way a synchronous request has been
served when its caller goes on, and the requests of one process are served in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NoReturn, final

from erts_emu.driver.constants import (
    ERL_DRV_BUSY_MSGQ_DISABLED,
    ERL_DRV_FLAG_NO_BUSY_MSGQ,
    ERL_DRV_FLAG_SOFT_BUSY,
    ERL_DRV_FLAG_USE_INIT_ACK,
    PORT_CONTROL_FLAG_BINARY,
)
from erts_emu.driver.errno_ids import errno_id
from erts_emu.driver.errors import CALLBACK_FAILURES
from erts_emu.driver.vectors import command_bytes, command_vector
from erts_emu.errors import NORMAL, Badarg, ErlangError, Notsup, OpenPortError
from erts_emu.port import Port
from erts_emu.port_options import PortSettings, driver_name_of, parse_port_name, parse_settings
from erts_emu.port_states import CLOSING, EXITING, INVALID_DRIVER_LOOKUP, INVALID_LOOKUP, NEEDS_EPILOGUE
from erts_emu.port_task import BUSY, CALL_REDS, CALLBACK_REDS, NOT_IMMEDIATE, PARALLELISM, SIGNAL_REDS, PortTask
from erts_emu.process import NOBODY, YIELD, Process, switch
from erts_emu.signals import ExitSignal, PortLinkDropped, PortLinked, PortReply
from erts_emu.terms import Atom, Bitstring, NotIodata, Pid, PortId, Reference, iolist_size, term_to_binary
from erts_emu.terms.identifiers import LOCAL_NODE, node_name
from erts_emu.terms.kinds import SubBinary

if TYPE_CHECKING:
    from erts_emu.bifs import ProcessBifs
    from erts_emu.ddll import LoadedDriver

NO_REPLY: Final = object()
_COMMAND: Final = Atom("command")
_PORT_COMMAND: Final = ("erts_internal", "port_command", 3)
_CLOSE: Final = Atom("close")
_CONNECT: Final = Atom("connect")
_CONNECTED: Final = Atom("connected")
_BADSIG: Final = Atom("badsig")
_OPERATION_BITS: Final = 32
_MAX_OPERATION: Final = (1 << _OPERATION_BITS) - 1
_NO_COMMAND: Final = NOT_IMMEDIATE | BUSY
_NOT_ASYNC: Final = NOT_IMMEDIATE | PARALLELISM


@final
class Pending:
    """A request that became a port task: its reply will carry ``reference``."""

    __slots__ = ("reference",)

    def __init__(self, reference: Reference) -> None:
        self.reference = reference


@final
class Suspend:
    """A command that has to wait until ``port`` is not busy, and then starts anew."""

    __slots__ = ("port",)

    def __init__(self, port: Port) -> None:
        self.port = port


def find_port(process: Process, reference: Any) -> Port:
    """Return the port that an identifier or registered name stands for; closing ones too. Raises ``Badarg``."""
    if type(reference) is PortId:
        port: Port | None = None if reference.node else process.port_table.get(reference.number)
    elif isinstance(reference, Atom):
        owner = process.emu.names.whereis(reference)
        port = owner if isinstance(owner, Port) else None
    else:
        raise Badarg(f"not a port: {reference!r}")
    if port is None or port.state & INVALID_DRIVER_LOOKUP:
        raise Badarg(f"{reference} is no open port")
    return port


# --- open ---


def open_port(process: Process, port_name: Any, settings: Any) -> PortId | Pending:
    """``open_port/2``. A driver may let its caller wait: :class:`Pending` (``erl_drv_init_ack``).

    Raises ``Badarg``, ``SystemLimit`` or ``OpenPortError``, before or after the driver's start.
    """
    parsed = parse_settings(settings)
    form, command = parse_port_name(port_name)
    if parsed.arguments:
        raise Badarg("args and arg0 go with spawn_executable only")
    emu = process.emu
    if emu.halting:
        emu.check_running()
    driver = emu.ddll.reference_for_open(driver_name_of(command))
    if driver is None:
        hint = "" if form == "spawn_driver" else "; external programs are not emulated"
        raise Badarg(f"no driver {driver_name_of(command)!r} is loaded, or it is being unloaded{hint}")
    if parsed.exit_status or parsed.busy_limits_port or parsed.busy_limits_msgq is not None:
        _check_driver_settings(driver, parsed)
    try:
        port = Port(emu, driver, command, process, process.runq)
    except ErlangError:
        _give_driver_back(driver)
        raise
    parallelism = emu.port_parallelism if parsed.parallelism is None else parsed.parallelism
    port.lock.acquire()
    emu.ports.table[port.id.number] = port
    if parsed.busy_limits_msgq is not None:
        _set_limits(port, parsed.busy_limits_msgq)
    try:
        result = port.start(parsed, parallelism=parallelism)
    except CALLBACK_FAILURES as error:
        if port.state & NEEDS_EPILOGUE:
            port.callback_epilogue()
        port.abandon()
        port.lock.release()
        if isinstance(error, OSError) and (failure := start_error(driver.name, "start", error)) is not None:
            raise failure from error
        emu.driver_raised(driver.name, "start", str(port.id), error)
        raise OpenPortError(Atom("einval"), f"start of driver {driver.name!r} raised {error!r}") from error
    if port.state & NEEDS_EPILOGUE:
        port.callback_epilogue()
    if result is not port:
        port.abandon()
        port.lock.release()
        failure = start_error(driver.name, "start", result)
        assert failure is not None
        raise failure
    if not port.state & INVALID_LOOKUP:
        port.links = {process.pid.number: process.pid}
        process.port_links[port.id.number] = port.id
    pending = _await_ack(process, port) if driver.flags & ERL_DRV_FLAG_USE_INIT_ACK else None
    port.lock.release()
    if (tracepoint := emu.trace.port_open) is not None:
        tracepoint(port=port, driver=driver, process=process)
    port_id: PortId = port.id
    return pending or port_id


def _set_limits(port: Port, limits: tuple[int, int] | str) -> None:
    low, high = (ERL_DRV_BUSY_MSGQ_DISABLED,) * 2 if isinstance(limits, str) else limits
    port.message_queue_limits(low, high)


def _await_ack(process: Process, port: Port) -> Pending:
    """Start has succeeded, but open_port waits for the driver's word. The caller holds the port's lock."""
    reference = process.emu.make_ref()
    process.replies[reference] = NO_REPLY

    def acknowledge(result: Any) -> bool:
        """Let open_port return, with the port or with the error that *result* is; say whether it was no error."""
        port.acknowledge = None
        error = start_error(port.driver.name, "erl_drv_init_ack", result)
        if error is not None:
            if port.links is not None:
                port.links.pop(process.pid.number, None)
            process.deliver(PortLinkDropped(port.id))
        process.deliver(PortReply(reference, port.id if error is None else error))
        return error is None

    port.acknowledge = acknowledge
    return Pending(reference)


def _check_driver_settings(driver: LoadedDriver, parsed: PortSettings) -> None:
    """Refuse the settings that are not for drivers, or not for this one."""
    no_msgq = driver.flags & ERL_DRV_FLAG_NO_BUSY_MSGQ and parsed.busy_limits_msgq not in (None, "disabled")
    if parsed.exit_status or parsed.busy_limits_port or no_msgq:
        _give_driver_back(driver)
        raise Badarg("exit_status and busy_limits_port are not for drivers, busy_limits_msgq not for this one")


def _give_driver_back(driver: LoadedDriver) -> None:
    driver.port_closed()
    if driver.handle is not None:
        driver.handle.dereference()


def start_error(driver: str, function: str, result: Any) -> ErlangError | None:
    """The exception of open_port if *result*, of *function*, says that opening failed."""
    if isinstance(result, OSError):
        return OpenPortError(Atom(errno_id(result.errno or 0)), f"{function} of driver {driver!r}: {result}")
    if not isinstance(result, int) or not -3 <= result <= -1:
        return None
    if result == -3:
        return Badarg(f"{function} of driver {driver!r} said ERL_DRV_ERROR_BADARG")
    reason = "einval" if result == -1 else "unknown"
    return OpenPortError(Atom(reason), f"{function} of driver {driver!r} said {result}")


# --- requests ---


async def port_command(
    process: ProcessBifs, port: Any, data: Any, *, force: bool = False, nosuspend: bool = False
) -> bool:
    """``port_command/3``. Waits while the port is busy, unless *force* (soft-busy drivers) or *nosuspend*.

    False if *nosuspend* kept it from waiting. Raises ``Badarg``, ``Notsup``.
    """
    if process.fcalls <= 0:
        await switch(YIELD)
    try:
        while True:
            result = _command(process, port, data, force, nosuspend)
            if result is True:
                if process.inq:
                    process.fetch()
                return True
            if type(result) is Pending:
                return bool(await process.reply_to(result))
            if type(result) is not Suspend:
                return False
            await process.suspended_by(result.port, _PORT_COMMAND)
    except ErlangError:
        process.fetch()
        raise


def _command(process: Process, reference: Any, data: Any, force: bool, nosuspend: bool) -> Any:
    """Try once: True, False (with *nosuspend*), :class:`Pending` or :class:`Suspend`.

    The order of the checks is ERTS's: a busy port suspends its caller even if the data turns out to be bad.
    """
    port = process.port_table.get(reference.number) if type(reference) is PortId and not reference.node else None
    if port is None or port.state & INVALID_DRIVER_LOOKUP:
        port = find_port(process, reference)
    driver = port.driver
    if force and not driver.flags & ERL_DRV_FLAG_SOFT_BUSY:
        raise Notsup(f"driver {driver.name!r} lacks ERL_DRV_FLAG_SOFT_BUSY, which force needs")
    tflags = port.tflags
    if tflags & BUSY and not force:
        return False if nosuspend else Suspend(port)
    if port.state & (EXITING | CLOSING):
        raise Badarg(f"{reference} is closing")
    process.fcalls -= CALLBACK_REDS
    if driver.outputv is not None:
        return _outputv(process, port, data, force, nosuspend)
    if type(data) is not bytes:
        data = _iodata(port, data)
    lock = port.lock
    if not tflags & NOT_IMMEDIATE and lock.acquire(False):
        if port.state & INVALID_LOOKUP or port.tflags & (NOT_IMMEDIATE if force else _NO_COMMAND):
            lock.release()
        else:
            port.output(process.pid, data)
            lock.release()
            return True
    pid = process.pid
    return _schedule_command(process, port, "output", lambda: port.output(pid, data), len(data), force, nosuspend)


def _outputv(process: Process, port: Port, data: Any, force: bool, nosuspend: bool) -> Any:
    try:
        vector = command_vector(data)
    except NotIodata as error:
        raise _bad_value(port, data) from error
    pid = process.pid
    if not port.tflags & NOT_IMMEDIATE and port.lock.acquire(False):
        if port.state & INVALID_LOOKUP or port.tflags & (NOT_IMMEDIATE if force else _NO_COMMAND):
            port.lock.release()
        else:
            port.outputv(pid, vector)
            port.lock.release()
            return True
    return _schedule_command(process, port, "outputv", lambda: port.outputv(pid, vector), vector.size, force, nosuspend)


def _schedule_command(
    process: Process,
    port: Port,
    kind: str,
    action: Callable[[], None],
    size: int,
    force: bool,
    nosuspend: bool,
) -> Pending:
    """Make a command a task: held back while the port is busy, unless forced, or refused if nobody may be suspended."""
    return schedule_request(
        process, port, kind, lambda: _if_open(port, action), size=size,
        waits_while_busy=not (force or nosuspend), refusable=nosuspend and not force,
    )  # fmt: skip


def _if_open(port: Port, action: Callable[[], None]) -> bool:
    if port.state & INVALID_LOOKUP:
        raise Badarg(f"{port.id} is closing")
    action()
    return True


def _iodata(port: Port, data: Any) -> bytes:
    try:
        return command_bytes(data)
    except NotIodata as error:
        raise _bad_value(port, data) from error


def _bad_value(port: Port, data: Any) -> Badarg:
    from erts_emu.logs import logger

    logger().error("bad_value_on_output_port", name=port.name, port=str(port.id))
    return Badarg(f"not iodata: {data!r}")


async def port_control(process: ProcessBifs, port: Any, operation: int, data: Any) -> Any:
    """``port_control/3``: the driver's reply, a list of bytes or, if the driver said so, a binary.

    Works on a closing port. Raises ``Badarg``.
    """
    fcalls = process.fcalls
    if fcalls <= 0:
        await switch(YIELD)
        fcalls = process.fcalls
    try:
        found = process.port_table.get(port.number) if type(port) is PortId and not port.node else None
        if found is None or found.state & INVALID_DRIVER_LOOKUP:
            found = find_port(process, port)
        if type(operation) is not int or operation >> _OPERATION_BITS:
            raise Badarg(f"the operation must be an integer between 0 and {_MAX_OPERATION}, not {operation!r}")
        if type(data) is not bytes:
            data = _control_data(data)
        process.fcalls = fcalls - CALLBACK_REDS
        lock = found.lock
        driver = found.driver
        callback = driver.control
        if callback is None or not lock.acquire(False):
            return await process.served(_control, found, operation, data)
        if found.tflags & NOT_IMMEDIATE:
            lock.release()
            return await process.served(_control, found, operation, data)
        # What run_control does, without its call: nothing in the emulator is called more often.
        trace = driver.trace
        if (tracepoint := trace.driver_control) is not None:
            tracepoint(port=found, driver=driver, operation=operation, data=data)
        found.caller = process.pid
        try:
            reply = callback(found.drv_data, operation, data)
        except CALLBACK_FAILURES as error:  # raised again, as the caller's badarg
            _control_raised(found, error)
        if (tracepoint := trace.driver_return) is not None:
            tracepoint(driver=driver, callback="control", port=found)
        found.caller = None
        if found.state & NEEDS_EPILOGUE:
            found.callback_epilogue()
        kind = type(reply)
        if kind is bytes:
            flags = found.control_flags
            lock.release()
            if not flags & PORT_CONTROL_FLAG_BINARY:
                reply = [*reply]
        elif kind is list and driver.compiled:
            lock.release()
        else:
            try:
                reply = _other_reply(found, reply)
            finally:
                lock.release()
    except ErlangError:
        process.fetch()
        raise
    if process.inq:
        process.fetch()
    return reply


def _control_data(data: Any) -> bytes:
    """Return the data of a control: of a bitstring that stands alone, the whole bytes. Raises ``Badarg``."""
    try:
        return data.data[:-1] if isinstance(data, Bitstring) else command_bytes(data)
    except NotIodata as error:
        raise Badarg(f"not iodata: {data!r}") from error


def _control(process: Process, port: Port, operation: int, data: bytes) -> Any:
    """Control a port that may be in use or traced, or have no control: the reply, or :class:`Pending`."""
    pid = process.pid
    return at_once_or_scheduled(process, port, "control", lambda: run_control(port, pid, operation, data), invalid=0)


def _control_raised(port: Port, error: BaseException) -> NoReturn:
    port.caller = None
    port.callback_raised("control", error)
    if (tracepoint := port.emu.trace.driver_return) is not None:
        tracepoint(driver=port.driver, callback="control", port=port)
    port.lock.release()
    raise Badarg(f"control of driver {port.driver.name!r} raised {error!r}") from error


def run_control(port: Port, caller: Pid, operation: int, data: bytes) -> Any:
    """Call the driver's control and make a term of its reply. The caller holds the lock."""
    driver = port.driver
    callback = driver.control
    if callback is None:
        raise Badarg(f"driver {driver.name!r} has no control callback")
    if (tracepoint := port.emu.trace.driver_control) is not None:
        tracepoint(port=port, driver=driver, operation=operation, data=data)
    port.caller = caller
    try:
        reply = callback(port.drv_data, operation, data)
    except CALLBACK_FAILURES as error:
        port.caller = None
        port.callback_raised("control", error)
        raise Badarg(f"control of driver {driver.name!r} raised {error!r}") from error
    finally:
        if (tracepoint := port.emu.trace.driver_return) is not None:
            tracepoint(driver=driver, callback="control", port=port)
    port.caller = None
    if port.state & NEEDS_EPILOGUE:
        port.callback_epilogue()
    if type(reply) is bytes:
        return reply if port.control_flags & PORT_CONTROL_FLAG_BINARY else list(reply)
    return _other_reply(port, reply)


def _other_reply(port: Port, reply: Any) -> Any:
    """Make a term of a reply of control that is no plain ``bytes``. The caller holds the lock."""
    from erts_emu.driver.binaries import ErlDrvBinary

    if reply is None:
        return []
    if type(reply) is list and port.driver.compiled:
        return reply
    if not port.control_flags & PORT_CONTROL_FLAG_BINARY:
        return list(_reply_bytes(port, "control", reply))
    if isinstance(reply, SubBinary):
        return reply  # a compiled driver's binary
    if isinstance(reply, ErlDrvBinary) and reply._refc > 0:
        term = reply.term(0, reply.orig_size)
        reply.release()  # the driver's reference is the emulator's now
        return term
    return _reply_bytes(port, "control", reply)


def _reply_bytes(port: Port, callback: str, reply: Any) -> bytes:
    """Return the bytes of a reply, which is the emulator's now. Raises ``Badarg``; nonsense fails the port."""
    from erts_emu.driver.binaries import ErlDrvBinary
    from erts_emu.driver.blocks import ErlDrvBlock
    from erts_emu.driver.errors import DriverMisuse

    if isinstance(reply, int) and reply < 0:
        raise Badarg(f"{callback} of driver {port.driver.name!r} returned {reply}")
    try:
        if isinstance(reply, ErlDrvBinary):
            data = reply.slice(0, reply.orig_size)
            reply._refc -= 1
            return data
        if not isinstance(reply, bytes | bytearray | memoryview):
            raise DriverMisuse(f"must return bytes, an ErlDrvBinary, None or a negative integer, not {reply!r}")
    except DriverMisuse as error:
        port.callback_raised(callback, error)
        raise Badarg(str(error)) from error
    data = bytes(reply)
    if isinstance(reply, ErlDrvBlock):
        reply.free()
    return data


def port_call(process: Process, reference: Any, operation: Any, term: Any) -> Any:
    """``port_call/3``: the decoded reply, or :class:`Pending`. Works on a closing port."""
    port = find_port(process, reference)
    if type(operation) is not int or operation >> _OPERATION_BITS:
        raise Badarg(f"the operation must be an integer between 0 and {_MAX_OPERATION}, not {operation!r}")
    data = term_to_binary(term)
    process.fcalls -= CALL_REDS
    pid = process.pid
    return at_once_or_scheduled(
        process, port, "call", lambda: run_call(port, pid, operation, data), reds=CALL_REDS, invalid=0
    )


def run_call(port: Port, caller: Pid, operation: int, data: bytes) -> Any:
    """Call the driver's call and decode its reply. The caller holds the lock."""
    driver = port.driver
    if driver.call is None:
        raise Badarg(f"driver {driver.name!r} has no call callback")
    if (tracepoint := port.emu.trace.driver_call) is not None:
        tracepoint(port=port, driver=driver, operation=operation, data=data)
    port.caller = caller
    try:
        reply = driver.call(port.drv_data, operation, data)
    except CALLBACK_FAILURES as error:
        port.caller = None
        port.callback_raised("call", error)
        raise Badarg(f"call of driver {driver.name!r} raised {error!r}") from error
    finally:
        if (tracepoint := port.emu.trace.driver_return) is not None:
            tracepoint(driver=driver, callback="call", port=port)
    port.caller = None
    port.callback_epilogue()
    if reply is None or (type(reply) is int and reply == 0):
        raise Badarg(f"call of driver {driver.name!r} returned {reply!r}, no external format")
    from erts_emu.terms import BadExternal, decode_prefix

    try:
        term, _ = decode_prefix(_reply_bytes(port, "call", reply), 0)
    except BadExternal as error:
        raise Badarg(f"call of driver {driver.name!r} returned bad external format: {error}") from error
    return term


async def port_close(process: ProcessBifs, port: Any) -> bool:
    """``port_close/1``. A linked caller has the exit signal before this returns. Raises ``Badarg``."""
    found = find_port(process, port)
    process.fcalls -= CALLBACK_REDS
    lock = found.lock
    taken = not found.tflags & NOT_IMMEDIATE and lock.acquire(False)
    if taken and found.tflags & NOT_IMMEDIATE:  # a signal came first
        lock.release()
        taken = False
    if not taken:
        return bool(await process.reply_to(schedule_request(process, found, "close", lambda: _close(found))))
    closed = found.exit(NORMAL)
    if found.state & NEEDS_EPILOGUE:
        found.callback_epilogue()
    lock.release()
    process.fetch()
    if not closed:
        raise Badarg(f"{port} is closing already")
    return True


def _close(port: Port) -> bool:
    if not port.exit(NORMAL):
        raise Badarg(f"{port.id} is closing already")
    return True


def port_connect(process: Process, reference: Any, pid: Any) -> Any:
    """``port_connect/2``: the new owner is linked, the old one stays linked. True, or :class:`Pending`."""
    port = find_port(process, reference)
    if not isinstance(pid, Pid):
        raise Badarg(f"not a pid: {pid!r}")
    return at_once_or_scheduled(process, port, "connect", lambda: _connect(port, pid), reds=SIGNAL_REDS)


def _connect(port: Port, pid: Pid) -> bool:
    owner = port.emu.processes.get(pid)
    if owner is None:
        raise Badarg(f"{pid} is no living process")
    if port.links is None or pid.number not in port.links:
        port.add_link(pid)
        port.emu.send_signal(port.id, pid, PortLinked(port.id))
    set_owner(port, owner, pid)
    return True


def set_owner(port: Port, owner: Process | None, pid: Pid) -> None:
    """Make *pid* the connected process; it may be dead, and then loses what the port sends."""
    port.connected = pid
    port.owner = NOBODY if owner is None else owner
    if (tracepoint := port.emu.trace.port_connect) is not None:
        tracepoint(port=port, process=pid)


def port_info(process: Process, reference: Any, item: Any = None) -> Any:
    """``port_info/1,2``: the items, one item, ``undefined`` for a dead port, or :class:`Pending`."""
    from erts_emu.port_info import UNDEFINED, all_items, one_item

    if isinstance(reference, PortId | Atom):
        if isinstance(reference, PortId) and reference.node and node_name(reference) is not LOCAL_NODE:
            raise Badarg(f"{reference} is a port of another node", cause="badtype")
        try:
            port = find_port(process, reference)
        except Badarg:
            return UNDEFINED
    else:
        raise Badarg(f"not a port: {reference!r}", cause="badtype")
    if item is None:
        return at_once_or_scheduled(process, port, "info", lambda: all_items(port), invalid=0, on_abort=UNDEFINED)
    return at_once_or_scheduled(process, port, "info", lambda: one_item(port, item), invalid=0, on_abort=UNDEFINED)


def port_data(process: Process, reference: Any) -> Port:
    """Return the port whose data is to be read or set: plain access, in no order with signals. Raises ``Badarg``."""
    port = find_port(process, reference)
    if port.state & INVALID_LOOKUP:
        raise Badarg(f"{reference} is closing")
    return port


# --- messages to ports ---


def send_to_port(process: Process, port: Port, message: Any, *, nosuspend: bool = False) -> Any:
    """``Port ! Message``: None, ``"nosuspend"`` or :class:`Suspend`. What is no request is ``badsig`` to the owner."""
    if port.state & INVALID_LOOKUP:
        return None
    request = message[1] if isinstance(message, tuple) and len(message) == 2 else None
    # Whoever is named as the owner: what names no process is no command, and waits for nothing.
    is_command = isinstance(request, tuple) and len(request) == 2 and request[0] is _COMMAND and type(message[0]) is Pid
    if is_command and port.tflags & BUSY:
        return "nosuspend" if nosuspend else Suspend(port)
    process.fcalls -= CALLBACK_REDS
    pid = process.pid
    action = lambda: _handle_message(port, pid, message)  # noqa: E731
    if execute_at_once(port, _NO_COMMAND | PARALLELISM if is_command else _NOT_ASYNC, action):
        return None
    size = _command_size(request[1]) if is_command else -1  # type: ignore[index]
    if is_command and size < 0:
        action = lambda: _refuse_command(port, message)  # noqa: E731
    task = PortTask("send", action, caller=pid, size=max(0, size), waits_while_busy=size >= 0 and not nosuspend)
    if port.schedule_task(task) and nosuspend and size >= 0 and port.withdraw_if_busy(task):
        return "nosuspend"
    return None


def _command_size(data: Any) -> int:
    """The bytes of a command, or -1 if it is none. Here no bitstring is one: the size is asked for without copying."""
    try:
        return iolist_size(data)
    except NotIodata:
        return -1


def _handle_message(port: Port, sender: Pid, message: Any) -> None:
    """Interpret a message to a port. Only the pid *in* the message is compared with the owner."""
    if port.state & INVALID_LOOKUP:
        return
    if not (isinstance(message, tuple) and len(message) == 2 and message[0] == port.connected):
        _badsig(port)
        return
    request = message[1]
    if request is _CLOSE:
        port.exit(NORMAL, send_closed=True)
    elif isinstance(request, tuple) and len(request) == 2 and request[0] is _COMMAND:
        _command_message(port, sender, request[1])
    elif isinstance(request, tuple) and len(request) == 2 and request[0] is _CONNECT and _is_local(request[1]):
        old = port.owner
        set_owner(port, port.emu.processes.get(request[1]), request[1])
        old.deliver((port.id, _CONNECTED))
    else:
        _badsig(port)


def _is_local(term: Any) -> bool:
    return isinstance(term, Pid) and term.node is None


def _command_message(port: Port, sender: Pid, data: Any) -> None:
    try:
        if port.driver.outputv is not None:
            port.outputv(sender, command_vector(data))
        else:
            port.output(sender, command_bytes(data))
    except NotIodata:
        _bad_value(port, data)
        _badsig(port)


def _refuse_command(port: Port, message: Any) -> None:
    if port.state & INVALID_LOOKUP:
        return
    if message[0] == port.connected:
        _bad_value(port, message[1][1])
    _badsig(port)


def _badsig(port: Port) -> None:
    port.owner.deliver(ExitSignal(port.id, _BADSIG, by_link=False))


def exit_port(process: Process, port: Port, reason: Any) -> None:
    """``exit(Port, Reason)``, by any process: the port closes, even with reason normal."""
    action = lambda: port.exit(reason)  # noqa: E731
    if not execute_at_once(port, _NOT_ASYNC, action):
        port.schedule_task(PortTask("exit", action, caller=process.pid))


def execute_at_once(port: Port, hindrances: int, action: Callable[[], Any]) -> bool:
    """Execute a request that nobody waits for, unless the port is in use or has a flag of *hindrances*."""
    if port.tflags & hindrances or not port.lock.acquire(False):
        return False
    free = not port.tflags & hindrances
    if free:
        action()
        if port.state & NEEDS_EPILOGUE:
            port.callback_epilogue()
    port.lock.release()
    return free


# --- at once or scheduled ---


def at_once_or_scheduled(
    process: Process,
    port: Port,
    kind: str,
    operation: Callable[[], Any],
    *,
    reds: int = CALLBACK_REDS,
    invalid: int = INVALID_LOOKUP,
    on_abort: Any = None,
) -> Any:
    """Execute *operation* under the port's lock now if the port is free, else as a task.

    A port whose state has a bit of *invalid* refuses with ``Badarg``.
    """

    def checked() -> Any:
        if port.state & (invalid | INVALID_DRIVER_LOOKUP):
            if on_abort is not None:
                return on_abort
            raise Badarg(f"{port.id} is closing")
        return operation()

    if not port.tflags & NOT_IMMEDIATE and port.lock.acquire(False):
        try:
            if not port.tflags & NOT_IMMEDIATE:
                result = checked()
                if port.state & NEEDS_EPILOGUE:
                    port.callback_epilogue()
                return result
        finally:
            port.lock.release()
    return schedule_request(process, port, kind, checked, reds=reds, on_abort=on_abort)


def schedule_request(
    process: Process,
    port: Port,
    kind: str,
    operation: Callable[[], Any],
    *,
    reds: int = CALLBACK_REDS,
    on_abort: Any = None,
    size: int = 0,
    waits_while_busy: bool = False,
    refusable: bool = False,
) -> Pending:
    """Make *operation* a task of *port* whose result, or Erlang exception, is sent back as a reply.

    For a command, *size* is that of its data; see :class:`erts_emu.port_task.PortTask`. If it is refused, the answer is
    False.
    """
    reference = process.emu.make_ref()
    process.replies[reference] = NO_REPLY

    def run() -> None:
        try:
            result = operation()
        except ErlangError as error:
            result = error
        process.deliver(PortReply(reference, result))

    def abort() -> None:
        result = Badarg(f"{port.id} closed before it served the request") if on_abort is None else on_abort
        process.deliver(PortReply(reference, result))

    def refuse() -> None:
        process.deliver(PortReply(reference, False))

    task = PortTask(
        kind, run, reds, abort, caller=process.pid, size=size, waits_while_busy=waits_while_busy,
        refuse=refuse if refusable else None,
    )  # fmt: skip
    if not port.schedule_task(task):
        abort()
    return Pending(reference)
