"""Child processes: started, fed and read through pipes, and told about when they end.

Protocol. Integers are big-endian; open the port with ``binary``. The words after the driver's name are the program and
its arguments, quoted as in a shell, but no shell runs them::

    open_port({spawn_driver, "exec_drv /bin/sh -c 'read x; echo $x'"}, [binary])
        -> {Port, {data, <<"o", Data/binary>>}}     the child has written to its standard output or standard error
        -> {Port, {data, <<"f">>}}                  it has closed both
        -> {Port, {data, <<"x", Status:32/signed>>}}    it has exited; a negative status is the signal that ended it
        -> {Port, {data, <<"e", Error/binary>>}}    it reads no more (<<"epipe">>): what was queued is lost

    port_command(Port, Data)                        write to its standard input; the port is busy while much is queued
    port_control(Port, 1, [])                       close its standard input, once all is written
    port_control(Port, 2, <<Signal:32>>)            send it a signal
    port_control(Port, 3, <<Active>>)               0: stop reading what it writes; 1: go on
    port_control(Port, 4, [])                       -> <<Queued:32>>

The other replies are empty; what makes no sense, or comes too late, raises ``badarg``. open_port raises ``enoent`` and
its like if the program cannot be started, and ``badarg`` without one. ``port_info(Port, os_pid)`` knows the child.
A port that is closed first lets the child read what is queued, for two seconds at most; then the child is killed.

What there is to learn: three descriptors at a time in ``driver_select``, one of which stands for the child itself
(``pidfd_open``; where there is none, a timer looks); each is closed in ``stop_select`` and nowhere else; all of what
the child wrote is told before its end is; a killed child is waited for on an async thread, as that may take a moment.
"""

from __future__ import annotations

import errno
import os
import shlex
import signal
from typing import ClassVar, Final

from erts_emu.driver import (
    ERL_DRV_ERROR_BADARG,
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    ERL_DRV_READ,
    ERL_DRV_USE,
    ERL_DRV_WRITE,
    PORT_CONTROL_FLAG_BINARY,
    Driver,
    DriverEntry,
    ErlIOVec,
    driver_async,
    driver_deq,
    driver_enqv,
    driver_failure_posix,
    driver_output,
    driver_peekq,
    driver_select,
    driver_set_timer,
    driver_sizeq,
    erl_drv_set_os_pid,
    erl_errno_id,
    hookimpl,
    set_busy_port,
    set_port_control_flags,
)

CLOSE_INPUT, SIGNAL, ACTIVE, QUEUED = range(1, 5)
BADARG: Final = -1

READ_SIZE: Final = 64 * 1024
BLOCKS_AT_ONCE: Final = 1024
"""``IOV_MAX``: more blocks the kernel refuses to take in one call."""
READS_AT_THE_END: Final = 16
"""More than a pipe holds: what is still to be read then is not from the child."""
LOW: Final = 16 * 1024
HIGH: Final = 64 * 1024
"""The port is busy from HIGH queued bytes on, until fewer than LOW are left."""
LINGER_MS: Final = 2000
LOOK_MS: Final = 20
"""How often a timer looks whether the child has ended, where no descriptor tells."""
CLOSED: Final = -1


class ExecDriver(Driver):
    """One port: one child. Needs the port's lock: everything.

    ``stdin``, ``stdout`` and ``pidfd`` are descriptors that the emulator watches, or CLOSED. ``pid`` is 0 once the
    child has been waited for.
    """

    driver_name = "exec_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING
    has_pidfd: ClassVar[bool] = hasattr(os, "pidfd_open")

    # --- opening and closing ---

    def start(self, command: str) -> int | None:
        """Start the child. ``OSError`` is for open_port to raise."""
        try:
            words = shlex.split(command)[1:]
        except ValueError:  # a quotation mark without its pair
            return ERL_DRV_ERROR_BADARG
        if not words or "\0" in command:
            return ERL_DRV_ERROR_BADARG
        set_port_control_flags(self.port, PORT_CONTROL_FLAG_BINARY)
        self.stdin = self.stdout = self.pidfd = CLOSED
        self.status: int | None = None
        self.active = True
        self.finishing = False
        self.lingering = False
        self._spawn([word.encode("latin-1") for word in words])
        return None

    def _spawn(self, words: list[bytes]) -> None:
        """Make the pipes and the child; if that fails, nothing is left open."""
        child_in, parent_in = os.pipe2(os.O_CLOEXEC)
        parent_out, child_out = os.pipe2(os.O_CLOEXEC)
        try:
            self.pid = os.posix_spawnp(
                words[0],
                words,
                os.environb,
                file_actions=[(os.POSIX_SPAWN_DUP2, child_in, 0)]
                + [(os.POSIX_SPAWN_DUP2, child_out, target) for target in (1, 2)],
                setsigdef=[signal.SIGPIPE],
            )
        except OSError:
            os.close(parent_in)
            os.close(parent_out)
            raise
        finally:
            os.close(child_in)
            os.close(child_out)
        erl_drv_set_os_pid(self.port, self.pid)
        self.stdin = self._watch(parent_in, 0)
        self.stdout = self._watch(parent_out, ERL_DRV_READ)
        if self.has_pidfd:
            self.pidfd = self._watch(os.pidfd_open(self.pid), ERL_DRV_READ)
        else:
            driver_set_timer(self.port, LOOK_MS)

    def _watch(self, fd: int, mode: int) -> int:
        """Give a descriptor to the emulator. From now on only ``stop_select`` closes it."""
        os.set_blocking(fd, False)
        driver_select(self.port, fd, mode | ERL_DRV_USE, 1)
        return fd

    def _release(self, fd: int) -> int:
        """Ask the emulator to give a descriptor back, if it has it still."""
        if fd != CLOSED:
            driver_select(self.port, fd, ERL_DRV_READ | ERL_DRV_WRITE | ERL_DRV_USE, 0)
        return CLOSED

    @staticmethod
    def stop_select(event: int, reserved: object) -> None:
        """Close a descriptor that the emulator does not watch any more."""
        os.close(event)

    def flush(self) -> None:
        """The port is closed, and the child has not read everything: wait, but not for ever."""
        self.lingering = True
        driver_set_timer(self.port, LINGER_MS)

    def timeout(self) -> None:
        """The child has had its time to read; or it is time to look whether it has ended."""
        if self.lingering:
            driver_failure_posix(self.port, errno.ETIMEDOUT)
        elif self.pid and not self._ended():
            driver_set_timer(self.port, LOOK_MS)

    def stop(self) -> None:
        """The port ends, and with it the child."""
        for fd in (self.stdin, self.stdout, self.pidfd):
            self._release(fd)
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            driver_async(self.port, None, reap, self.pid, None)

    # --- the child writes, reads, ends ---

    def ready_input(self, event: int) -> None:
        """The child has written something, or has ended."""
        if event == self.pidfd:
            self._ended()
        elif event == self.stdout:
            self._read()

    def _read(self) -> bool:
        """Read once: if there is more, the emulator comes back. Say whether there was anything."""
        try:
            data = os.read(self.stdout, READ_SIZE)
        except BlockingIOError:
            return False
        if data:
            driver_output(self.port, b"o" + data)
            return True
        self.stdout = self._release(self.stdout)
        driver_output(self.port, b"f")
        self._tell_status()
        return False

    def _ended(self) -> bool:
        """If the child has ended, wait for it, and tell as soon as everything it wrote has been read."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            return False
        self.pid = 0
        self.status = os.waitstatus_to_exitcode(status)
        self.pidfd = self._release(self.pidfd)
        self._tell_status()
        return True

    def _tell_status(self) -> None:
        """Tell how the child ended. Its own children may hold the pipe open: then there is no end to wait for."""
        if self.status is None:
            return
        if self.stdout != CLOSED and self.active:
            for _ in range(READS_AT_THE_END):
                if not self._read():
                    break
        if self.status is not None and (self.stdout == CLOSED or self.active):
            status, self.status = self.status, None
            driver_output(self.port, b"x" + status.to_bytes(4, signed=True))

    def ready_output(self, event: int) -> None:
        """The child can be written to."""
        if event == self.stdin:
            self._write_queued()

    # --- writing ---

    def outputv(self, ev: ErlIOVec) -> None:
        """Write what the pipe takes, and queue the rest. What is queued goes first."""
        if self.stdin == CLOSED or self.finishing:
            driver_output(self.port, b"eepipe")
            return
        written = 0 if driver_sizeq(self.port) else self._write(ev.iov)
        if written is not None and written < ev.size:
            driver_enqv(self.port, ev, written)
            driver_select(self.port, self.stdin, ERL_DRV_WRITE, 1)
            if driver_sizeq(self.port) >= HIGH:
                set_busy_port(self.port, 1)

    def _write_queued(self) -> None:
        blocks = driver_peekq(self.port)
        if blocks:
            written = self._write(blocks)
            if written is None:
                return
            driver_deq(self.port, written)
        left = driver_sizeq(self.port)
        if left < LOW:
            set_busy_port(self.port, 0)
        if not left:
            driver_select(self.port, self.stdin, ERL_DRV_WRITE, 0)
            if self.finishing:
                self.stdin = self._release(self.stdin)

    def _write(self, blocks: list[bytes]) -> int | None:
        """Write; None if the child reads no more."""
        try:
            return os.writev(self.stdin, blocks[:BLOCKS_AT_ONCE])
        except BlockingIOError:
            return 0
        except OSError as error:
            self.stdin = self._release(self.stdin)
            driver_deq(self.port, driver_sizeq(self.port))
            set_busy_port(self.port, 0)
            driver_output(self.port, b"e" + erl_errno_id(error.errno or errno.EIO).encode())
            return None

    # --- control ---

    def control(self, command: int, buf: bytes) -> bytes | int:
        """Change or show something."""
        match command, len(buf):
            case 1, 0 if self.stdin != CLOSED:
                return self._close_input()
            case 2, 4 if self.pid:
                return self._signal(int.from_bytes(buf))
            case 3, 1 if buf in (b"\0", b"\1"):
                return self._set_active(active=buf == b"\1")
            case 4, 0:
                return driver_sizeq(self.port).to_bytes(4)
        return BADARG

    def _close_input(self) -> bytes:
        self.finishing = True
        if not driver_sizeq(self.port):
            self.stdin = self._release(self.stdin)
        return b""

    def _signal(self, number: int) -> bytes | int:
        if number not in signal.valid_signals():
            return BADARG
        os.kill(self.pid, number)
        return b""

    def _set_active(self, *, active: bool) -> bytes:
        self.active = active
        if self.stdout != CLOSED:
            driver_select(self.port, self.stdout, ERL_DRV_READ, int(active))
        self._tell_status()
        return b""


def reap(pid: int) -> None:
    """Wait for a child that was killed (``async_invoke``), so that it does not stay as a zombie."""
    os.waitpid(pid, 0)


@hookimpl
def driver_init() -> DriverEntry:
    """Announce the driver."""
    return ExecDriver.entry()
