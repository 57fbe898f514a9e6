"""Driver binaries and memory (OTP: ``io.c``)."""

from __future__ import annotations

from erts_emu.driver.binaries import ErlDrvBinary
from erts_emu.driver.blocks import ErlDrvBlock
from erts_emu.driver.context import current_emulator
from erts_emu.driver.errors import DriverMisuse

# --- driver binaries ---


def driver_alloc_binary(size: int) -> ErlDrvBinary | None:
    """Return a binary of *size* zero bytes with count 1, or None if that is impossible [A]."""
    if size < 0:
        return None
    try:
        return ErlDrvBinary(bytearray(size))
    except (MemoryError, OverflowError):
        return None


def driver_realloc_binary(binary: ErlDrvBinary | None, size: int) -> ErlDrvBinary | None:
    """Resize *binary* in place, keeping its contents and count; None allocates a new one [A]."""
    if binary is None:
        return driver_alloc_binary(size)
    if size < 0:
        return None
    data = binary.orig_bytes
    try:
        data.extend(bytes(max(0, size - len(data))))
    except (MemoryError, OverflowError):
        return None
    del data[size:]
    return binary


def driver_free_binary(binary: ErlDrvBinary | None) -> None:
    """Drop one reference; None is ignored. Raises ``DriverMisuse`` if there was none left [A]."""
    if binary is None:
        return
    if binary._refc <= binary._lent:
        whose = "to which only terms refer" if binary._lent else "which is free already"
        raise DriverMisuse(f"driver_free_binary() of {binary!r}, {whose}")
    binary._refc -= 1


def driver_binary_get_refc(binary: ErlDrvBinary) -> int:
    """Return the reference count [A]."""
    return binary._refc


def driver_binary_inc_refc(binary: ErlDrvBinary) -> int:
    """Add a reference; return the new count [A]."""
    binary._refc += 1
    return binary._refc


def driver_binary_dec_refc(binary: ErlDrvBinary) -> int:
    """Drop a reference without ever freeing; return the new count [A]."""
    binary._refc -= 1
    return binary._refc


# --- memory ---


def driver_alloc(size: int) -> ErlDrvBlock | None:
    """Return a block of *size* bytes, or None if that is impossible [A].

    Python needs no such memory. A block is a ``bytearray`` that the emulator counts until ``driver_free``, so that a
    driver written as in C can be tested for leaks: see ``Emulator.driver_world.memory``.
    """
    if size < 0:
        return None
    emu = current_emulator.get(None)
    try:
        return ErlDrvBlock(size, None if emu is None else emu.driver_world.memory)
    except (MemoryError, OverflowError):
        return None


def driver_realloc(block: ErlDrvBlock | None, size: int) -> ErlDrvBlock | None:
    """Resize *block* in place, keeping its contents; None allocates a new one [A].

    None is also what is returned if the memory does not suffice; *block* is as before then.
    """
    if block is None:
        return driver_alloc(size)
    try:
        block.resize_to(size)
    except (MemoryError, OverflowError):
        return None
    return block


def driver_free(block: ErlDrvBlock | None) -> None:
    """Give a block back; None is ignored. Raises ``DriverMisuse`` for one that is free already [A]."""
    if block is not None:
        block.free()
