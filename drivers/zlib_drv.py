"""Compression and decompression with zlib, a piece at a time, in the manner of OTP's old ``zlib_drv``.

Protocol. Integers are big-endian; open the port with ``binary``. Input is sent first, and then worked on::

    port_command(Port, Data)                            queue input
    port_control(Port, 1, <<Level:8/signed, Bits:8/signed>>)    deflate: Level -1 to 9; Bits as zlib's windowBits
    port_control(Port, 2, <<Bits:8/signed>>)                    inflate
    port_control(Port, 3, <<Flush>>)                    work on the input; Flush: 0 none, 2 sync, 3 full, 4 finish
        -> {Port, {data, Output}}, …                    in pieces of at most 16 KB, before the reply comes
        -> <<0>>                                        all input has been used; after finish the stream has ended
        -> <<1>>                                        there is more output than a call may make: call again
        -> <<2>>                                        inflate: the stream has ended; what follows it stays queued
        -> <<3, Error/binary>>                          inflate: the input is no such stream
    port_control(Port, 4, <<Pieces:32>>)                how many pieces a call may make; 64 unless changed
    port_control(Port, 5, [])                           -> <<Crc:32, Adler:32>> of all output or, of inflate too, input
                                                        that was uncompressed
    port_control(Port, 6, [])                           -> <<Queued:64>>
    port_control(Port, 7, [])                           throw the input away, and end what is under way

The other replies are empty; what makes no sense raises ``badarg``.

What there is to learn: ``outputv`` and ``driver_enqv`` take over a command's binaries without copying them, and
``driver_peekq`` and ``driver_deq`` work them off; output is made in binaries of the driver's own, which
``driver_output_binary`` sends without a copy in C; a callback that has much to do stops after a while, and says that
there is more, instead of keeping the scheduler for itself; ``flush`` throws the queue away, or closing would never end.
"""

from __future__ import annotations

import zlib
from typing import Any, Final

from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    PORT_CONTROL_FLAG_BINARY,
    Driver,
    DriverEntry,
    ErlIOVec,
    driver_alloc_binary,
    driver_deq,
    driver_enqv,
    driver_free_binary,
    driver_output_binary,
    driver_peekq,
    driver_pushq,
    driver_sizeq,
    erl_drv_consume_timeslice,
    hookimpl,
    set_port_control_flags,
)

DEFLATE_INIT, INFLATE_INIT, RUN, PIECES, CHECKSUMS, QUEUED, RESET = range(1, 8)
DONE: Final = b"\x00"
MORE: Final = b"\x01"
ENDED: Final = b"\x02"
FAILED: Final = b"\x03"
BADARG: Final = -1

PIECE: Final = 16 * 1024
"""Bytes of one piece of output, and of input that is worked on at once."""
DEFAULT_PIECES: Final = 64
FLUSHES: Final = (zlib.Z_NO_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_FINISH)


class ZlibDriver(Driver):
    """One port: one stream. Everything is touched under its lock.

    ``stream`` is None before it has been initialised and after it has ended; ``output_left`` is what it has made and
    nobody has got yet; ``flushed`` is how it was flushed, until all of that has been sent.
    """

    driver_name = "zlib_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command: str) -> None:
        """Open a port; what follows the driver's name is ignored."""
        set_port_control_flags(self.port, PORT_CONTROL_FLAG_BINARY)
        self.pieces = DEFAULT_PIECES
        self._begin(None, inflating=False)

    def _begin(self, stream: Any, *, inflating: bool) -> bytes:
        self.stream = stream
        self.inflating = inflating
        self.flushed: int | None = None
        self.output_left = b""
        self.crc, self.adler = zlib.crc32(b""), zlib.adler32(b"")
        return b""

    # --- input ---

    def outputv(self, ev: ErlIOVec) -> None:
        """Queue input."""
        driver_enqv(self.port, ev, 0)

    def _take(self) -> bytes:
        """Take the first piece of the input out of the queue."""
        blocks = driver_peekq(self.port) or [b""]
        piece = blocks[0][:PIECE]
        driver_deq(self.port, len(piece))
        return piece

    def flush(self) -> None:
        """The port is closed: nobody wants the rest."""
        driver_deq(self.port, driver_sizeq(self.port))

    # --- control ---

    def control(self, command: int, buf: bytes) -> bytes | int:
        """Begin, work, change or show something."""
        match command, len(buf):
            case 1, 2:
                return self._deflate_init(*(int.from_bytes(buf[i : i + 1], signed=True) for i in (0, 1)))
            case 2, 1:
                return self._inflate_init(int.from_bytes(buf, signed=True))
            case 3, 1 if buf[0] in FLUSHES and self.stream is not None:
                return self._run(buf[0])
            case 4, 4 if any(buf):
                self.pieces = int.from_bytes(buf)
                return b""
            case 5, 0:
                return self.crc.to_bytes(4) + self.adler.to_bytes(4)
            case 6, 0:
                return driver_sizeq(self.port).to_bytes(8)
            case 7, 0:
                self.flush()
                return self._begin(None, inflating=False)
        return BADARG

    def _deflate_init(self, level: int, bits: int) -> bytes | int:
        try:
            return self._begin(zlib.compressobj(level, zlib.DEFLATED, bits), inflating=False)
        except ValueError:
            return BADARG

    def _inflate_init(self, bits: int) -> bytes | int:
        try:
            return self._begin(zlib.decompressobj(bits), inflating=True)
        except ValueError:
            return BADARG

    # --- work ---

    def _run(self, flush: int) -> bytes:
        """Send pieces until there are enough of them, or no input is left."""
        for _ in range(self.pieces):
            while not self.output_left:
                try:
                    reply = self._inflate() if self.inflating else self._deflate(flush)
                except zlib.error as error:
                    self.stream = None
                    return FAILED + str(error).encode()
                if reply is not None:
                    return reply
            self._send_piece()
            if erl_drv_consume_timeslice(self.port, 1):
                break
        return MORE

    def _send_piece(self) -> None:
        binary = driver_alloc_binary(min(PIECE, len(self.output_left)))
        if binary is None:
            raise MemoryError("no memory for a piece of output")
        binary.orig_bytes[:] = self.output_left[: binary.orig_size]
        self.output_left = self.output_left[binary.orig_size :]
        driver_output_binary(self.port, None, binary, 0, binary.orig_size)
        driver_free_binary(binary)

    def _deflate(self, flush: int) -> bytes | None:
        """Make some output of some input; the reply if there is nothing left to do."""
        if self.flushed is not None:  # and what that has made has been sent
            if self.flushed == zlib.Z_FINISH:
                self.stream = None
            self.flushed = None
            return DONE
        if driver_sizeq(self.port):
            piece = self._take()
            self._count(piece)
            self.output_left = self.stream.compress(piece)
            return None
        if flush == zlib.Z_NO_FLUSH:
            return DONE
        self.output_left = self.stream.flush(flush)
        self.flushed = flush
        return None

    def _inflate(self) -> bytes | None:
        """Like :meth:`_deflate`. Little input may be much output: at most a piece at a time is made."""
        if self.stream.eof:
            self.stream = None
            return ENDED
        tail = self.stream.unconsumed_tail
        if not tail and not driver_sizeq(self.port):
            return DONE
        self.output_left = self.stream.decompress(tail or self._take(), PIECE)
        self._count(self.output_left)
        if self.stream.eof and self.stream.unused_data:
            driver_pushq(self.port, self.stream.unused_data)  # before what else is queued
        return None

    def _count(self, plain: bytes) -> None:
        self.crc, self.adler = zlib.crc32(plain, self.crc), zlib.adler32(plain, self.adler)


@hookimpl
def driver_init() -> DriverEntry:
    """Announce the driver."""
    return ZlibDriver.entry()
