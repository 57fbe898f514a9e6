"""TCP over non-blocking sockets: what ``driver_select``, the I/O queue and a busy port are for.

Protocol. Integers are big-endian and unsigned; addresses are numeric; open the ports with ``binary``::

    open_port({spawn_driver, "tcp_drv listen 127.0.0.1 0"}, [binary])
        -> {Port, {data, <<"a", Id:32, Peer/binary>>}}      a connection was accepted
    open_port({spawn_driver, "tcp_drv adopt ID"}, [binary])           becomes that connection's port
    open_port({spawn_driver, "tcp_drv connect 127.0.0.1 80"}, [binary])
        -> {Port, {data, <<"c">>}}                          connected; what was sent before goes out now

    port_command(Port, Data)                                send
        -> {Port, {data, <<"d", Data/binary>>}}             received
        -> {Port, {data, <<"f">>}}                          the peer has finished; sending goes on
        -> {Port, {data, <<"e", Error/binary>>}}            an errno's name: the connection is over

    port_control(Port, 1, [])                  finish: tell the peer, once all is sent, that nothing more comes
    port_control(Port, 2, [])                  -> <<"127.0.0.1 34567">>, this end
    port_control(Port, 3, [])                  -> the same of the other end
    port_control(Port, 4, <<Active>>)          0: stop reading, or accepting; 1: go on
    port_control(Port, 5, <<Low:32, High:32>>) the port is busy from High queued bytes on, until fewer than Low are left
    port_control(Port, 6, <<Ms:32>>)           how long a closed port may try to send what is queued
    port_control(Port, 7, [])                  -> <<Queued:32>>

The other replies are empty; what makes no sense raises ``badarg``. open_port raises ``eaddrinuse`` and its like,
``ebadf`` for a connection that does not wait to be adopted, and ``badarg`` for other words; that a connection
cannot be made is a message. A listening port that cannot accept says ``e`` too, with ``emfile`` for instance, and
stops accepting until it is told to go on. Connections that nobody has adopted end with their listening port.

What there is to learn: a descriptor belongs to the emulator from the first ``ERL_DRV_USE`` on, and is closed in
``stop_select`` and nowhere else; data that the kernel does not take goes to the I/O queue, which keeps a closing
port alive until it is empty; that may never be, so that ``flush`` sets a timer. All ports of the driver have
one lock, the driver's: the default, and what guards the connections that wait, which belong to no port.
"""

from __future__ import annotations

import errno
import itertools
import os
import socket
from collections.abc import Iterator
from typing import ClassVar, Final

from erts_emu.driver import (
    ERL_DRV_ERROR_BADARG,
    ERL_DRV_READ,
    ERL_DRV_USE,
    ERL_DRV_WRITE,
    PORT_CONTROL_FLAG_BINARY,
    Driver,
    DriverEntry,
    ErlIOVec,
    driver_deq,
    driver_enqv,
    driver_failure_posix,
    driver_output,
    driver_peekq,
    driver_select,
    driver_set_timer,
    driver_sizeq,
    erl_errno_id,
    hookimpl,
    set_busy_port,
    set_port_control_flags,
)

FINISH: Final = 1
SOCKNAME: Final = 2
PEERNAME: Final = 3
ACTIVE: Final = 4
LIMITS: Final = 5
LINGER: Final = 6
QUEUED: Final = 7
BADARG: Final = -1

BACKLOG: Final = 128
RECEIVE: Final = 64 * 1024
BLOCKS_AT_ONCE: Final = 1024
"""``IOV_MAX``: more blocks the kernel refuses to take in one call."""
DEFAULT_LOW: Final = 16 * 1024
DEFAULT_HIGH: Final = 64 * 1024
DEFAULT_LINGER: Final = 5000


class TcpDriver(Driver):
    """One port: a listening socket or a connection. Everything needs the driver's lock, class attributes too.

    ``sock`` is closed (``fileno()`` negative) once the connection is over; the port waits then to be closed as well.
    """

    driver_name = "tcp_drv"

    sockets: ClassVar[dict[int, socket.socket]]
    """The sockets that the emulator has, by descriptor: until ``stop_select``."""
    waiting: ClassVar[dict[int, tuple[TcpDriver, socket.socket]]]
    """Connections that nobody has adopted, with who accepted them."""
    numbers: ClassVar[Iterator[int]]

    sock: socket.socket

    @classmethod
    def init(cls) -> int:
        """The driver has been loaded."""
        cls.sockets = {}
        cls.waiting = {}
        cls.numbers = itertools.count(1)
        return 0

    # --- opening and closing ---

    def start(self, command: str) -> int | None:
        """Open a port. ``OSError`` is for open_port to raise."""
        set_port_control_flags(self.port, PORT_CONTROL_FLAG_BINARY)
        self.listening = False
        self.connecting = False
        self.active = True
        self.peer_finished = False
        self.finishing = False
        self.closing = False
        self.low, self.high, self.linger = DEFAULT_LOW, DEFAULT_HIGH, DEFAULT_LINGER
        match command.split()[1:]:
            case ["listen", host, number] if (address := numeric_address(host, number)) is not None:
                self._listen(*address)
            case ["connect", host, number] if (address := numeric_address(host, number)) is not None:
                self._connect(*address)
            case ["adopt", number] if number.isdecimal():
                self._adopt(int(number))
            case _:
                return ERL_DRV_ERROR_BADARG
        return None

    def _listen(self, family: int, address: tuple[str, int]) -> None:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            sock.listen(BACKLOG)
        except OSError:
            sock.close()
            raise
        self.listening = True
        self._use(sock, ERL_DRV_READ)

    def _connect(self, family: int, address: tuple[str, int]) -> None:
        """Begin to connect. Even a result that is known at once is left to ready_output to tell."""
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setblocking(False)
        error = sock.connect_ex(address)
        self.connect_error = 0 if error == errno.EINPROGRESS else error
        self.connecting = True
        self._use(sock, ERL_DRV_WRITE)

    def _adopt(self, number: int) -> None:
        if number not in self.waiting:
            raise OSError(errno.EBADF, f"no connection {number} waits to be adopted")
        _, sock = self.waiting.pop(number)
        self._use(sock, ERL_DRV_READ)

    def _use(self, sock: socket.socket, mode: int) -> None:
        """Give the socket to the emulator. From now on only ``stop_select`` closes it."""
        sock.setblocking(False)
        self.sock = sock
        self.sockets[sock.fileno()] = sock
        driver_select(self.port, sock.fileno(), mode | ERL_DRV_USE, 1)

    def _release(self) -> None:
        """Ask the emulator to give the socket back, if it has it still."""
        if self.sock.fileno() >= 0:
            driver_select(self.port, self.sock.fileno(), ERL_DRV_READ | ERL_DRV_WRITE | ERL_DRV_USE, 0)

    @classmethod
    def stop_select(cls, event: int, reserved: object) -> None:
        """Close a descriptor that the emulator does not watch any more. No port is at hand here."""
        cls.sockets.pop(event).close()

    def flush(self) -> None:
        """The port is closed, and data is queued: go on sending, for a while."""
        self.closing = True
        driver_set_timer(self.port, self.linger)

    def timeout(self) -> None:
        """It has taken too long: throw the rest away."""
        driver_failure_posix(self.port, errno.ETIMEDOUT)

    def stop(self) -> None:
        """The port ends, and with it its socket and the connections that nobody wanted."""
        self._release()
        for number, (listener, sock) in list(self.waiting.items()):
            if listener is self:
                del self.waiting[number]
                sock.close()

    # --- the socket is ready ---

    def ready_input(self, event: int) -> None:
        """A connection can be accepted, data be read, or an error be fetched."""
        try:
            if self.listening:
                self._accept()
            else:
                self._receive()
        except OSError as error:
            self._over(error.errno or errno.EIO)

    def ready_output(self, event: int) -> None:
        """The connection has been made, or the kernel takes more data."""
        try:
            if self.connecting:
                self._finish_connecting()
            self._send_queued()
        except OSError as error:
            self._over(error.errno or errno.EIO)

    def _accept(self) -> None:
        """Accept what there is, but not for ever: other ports want their turn."""
        for _ in range(BACKLOG):
            try:
                sock, address = self.sock.accept()
            except BlockingIOError:
                return
            except ConnectionAbortedError:
                continue  # gone again
            number = next(self.numbers)
            self.waiting[number] = (self, sock)
            self._tell(b"a", number.to_bytes(4) + text_of(address))

    def _receive(self) -> None:
        """Read once: if there is more, the emulator comes back. A closing port's output is dropped."""
        try:
            data = self.sock.recv(RECEIVE)
        except BlockingIOError:
            return
        if data:
            self._tell(b"d", data)
            return
        self.peer_finished = True
        driver_select(self.port, self.sock.fileno(), ERL_DRV_READ, 0)
        self._tell(b"f")

    def _finish_connecting(self) -> None:
        error = self.connect_error or self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))
        self.connecting = False
        driver_select(self.port, self.sock.fileno(), ERL_DRV_READ, int(self.active))
        self._tell(b"c")

    # --- sending ---

    def outputv(self, ev: ErlIOVec) -> None:
        """Send at once what the kernel takes, and queue the rest. What is queued goes first."""
        if self.listening or self.finishing or self.sock.fileno() < 0:
            self._tell(b"e", b"epipe" if self.finishing else b"enotconn")
            return
        try:
            sent = 0 if self.connecting or driver_sizeq(self.port) else self._send(ev.iov)
        except OSError as error:
            self._over(error.errno or errno.EIO)
            return
        if sent < ev.size:
            driver_enqv(self.port, ev, sent)
            driver_select(self.port, self.sock.fileno(), ERL_DRV_WRITE, 1)
            if driver_sizeq(self.port) >= self.high:
                set_busy_port(self.port, 1)

    def _send_queued(self) -> None:
        blocks = driver_peekq(self.port)
        if blocks:
            driver_deq(self.port, self._send(blocks))
        left = driver_sizeq(self.port)
        if left < self.low:
            set_busy_port(self.port, 0)
        if not left:
            driver_select(self.port, self.sock.fileno(), ERL_DRV_WRITE, 0)
            if self.finishing:
                self.sock.shutdown(socket.SHUT_WR)

    def _send(self, blocks: list[bytes]) -> int:
        try:
            return self.sock.sendmsg(blocks[:BLOCKS_AT_ONCE])
        except BlockingIOError:
            return 0

    # --- telling the owner ---

    def _tell(self, kind: bytes, rest: bytes = b"") -> None:
        driver_output(self.port, kind + rest)

    def _over(self, error: int) -> None:
        """The connection is broken. Nobody can wait for data to be sent: neither senders nor a closing port."""
        if self.listening:
            driver_select(self.port, self.sock.fileno(), ERL_DRV_READ, 0)
        elif self.closing:
            driver_failure_posix(self.port, error)
            return
        else:
            driver_deq(self.port, driver_sizeq(self.port))
            set_busy_port(self.port, 0)
            self._release()
        self._tell(b"e", erl_errno_id(error).encode())

    # --- control ---

    def control(self, command: int, buf: bytes) -> bytes | int:
        """Change or show something."""
        if command == LIMITS and len(buf) == 8:
            return self._set_limits(int.from_bytes(buf[:4]), int.from_bytes(buf[4:]))
        if command == LINGER and len(buf) == 4:
            self.linger = int.from_bytes(buf)
            return b""
        if command == QUEUED:
            return driver_sizeq(self.port).to_bytes(4)
        if self.sock.fileno() < 0:
            return BADARG  # no connection any more
        try:
            return self._control_socket(command, buf)
        except OSError:
            return BADARG  # no peer yet

    def _control_socket(self, command: int, buf: bytes) -> bytes | int:
        if command == FINISH and not self.listening:
            return self._finish()
        if command == SOCKNAME:
            return text_of(self.sock.getsockname())
        if command == PEERNAME:
            return text_of(self.sock.getpeername())
        if command == ACTIVE and buf in (b"\0", b"\1"):
            return self._set_active(active=buf == b"\1")
        return BADARG

    def _finish(self) -> bytes:
        if not self.finishing:
            if not self.connecting and not driver_sizeq(self.port):
                self.sock.shutdown(socket.SHUT_WR)
            self.finishing = True
        return b""

    def _set_active(self, *, active: bool) -> bytes:
        self.active = active
        if not self.connecting and not self.peer_finished:
            driver_select(self.port, self.sock.fileno(), ERL_DRV_READ, int(active))
        return b""

    def _set_limits(self, low: int, high: int) -> bytes | int:
        if not 0 < low <= high:
            return BADARG
        self.low, self.high = low, high
        return b""


def numeric_address(host: str, number: str) -> tuple[int, tuple[str, int]] | None:
    """Return the family and the socket address; None for what is none. Looking names up would block a scheduler."""
    if not number.isdecimal() or int(number) > 65535:
        return None
    try:
        found = socket.getaddrinfo(host, int(number), type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, ValueError):
        return None
    return found[0][0], found[0][4]  # type: ignore[return-value]


def text_of(address: tuple[object, ...]) -> bytes:
    """Return ``b"127.0.0.1 80"``."""
    return f"{address[0]} {address[1]}".encode()


@hookimpl
def driver_init() -> DriverEntry:
    """Announce the driver."""
    return TcpDriver.entry()
