"""The environment (OTP: ``sys_env.c``): the emulator's own, which ``os:getenv`` and ``os:putenv`` use."""

from __future__ import annotations

from typing import Final

from erts_emu.driver.context import emulator
from erts_emu.driver.errors import DriverMisuse
from erts_emu.driver.handles import Pointer

_SIZE_MAX: Final = (1 << 64) - 1


def erl_drv_putenv(key: str | bytes, value: str | bytes) -> int:
    """Set a variable of the emulator's environment; ``os.environ`` stays as it is. Returns 0 [A]."""
    emulator("erl_drv_putenv").driver_world.environment.put(_text(key), _text(value))
    return 0


def erl_drv_getenv(key: str | bytes, value: bytearray | memoryview, value_size: Pointer[int]) -> int:
    """Write a variable's value and a zero byte to *value*, and its length to *value_size*; return 0 [A].

    1 if ``value_size.value`` bytes are too few, -1 if there is no such variable: *value* is untouched then, and
    *value_size* is one less than before, and not the size that is needed. Raises ``DriverMisuse`` if the buffer is
    smaller than the size says.
    """
    found = emulator("erl_drv_getenv").driver_world.environment.get(_text(key))
    size = value_size.value
    if size > len(value):
        raise DriverMisuse(f"erl_drv_getenv() was told of {size} bytes in a buffer of {len(value)}")
    data = None if found is None else found.encode("utf-8", "surrogateescape")
    if data is None or size <= len(data):
        value_size.value = size - 1 & _SIZE_MAX
        return -1 if data is None else 1
    value[: len(data) + 1] = data + b"\0"
    value_size.value = len(data)
    return 0


def _text(string: str | bytes) -> str:
    return string.decode("utf-8", "surrogateescape") if isinstance(string, bytes) else string
