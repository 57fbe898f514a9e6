"""Asynchronous jobs (OTP: ``erl_async.c``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from erts_emu.driver.api._port import DEAD
from erts_emu.driver.errors import NotAPortHandle
from erts_emu.driver.handles import ErlDrvPort, Pointer


def driver_async(
    port: ErlDrvPort,
    key: Pointer[int] | None,
    async_invoke: Callable[[Any], object],
    async_data: Any,
    async_free: Callable[[Any], object] | None,
) -> int:
    """Run ``async_invoke(async_data)`` on a thread of the async pool. The job's number, or -1 on a dead port [C].

    With a *key*, the thread is ``key.value`` modulo the pool's size, and ``key.value`` becomes that; jobs of one thread
    run in order. Without, threads take turns. When the job is done, ``ready_async(drv_data, async_data)`` is called on
    the scheduler that called ``driver_async``; if the driver has none, or the port is gone, ``async_free(async_data)``
    instead. -1 leaves *async_data* with the caller.
    """
    try:
        p = port._port
    except AttributeError:
        raise NotAPortHandle("driver_async", port) from None
    if p.state & DEAD:
        return int(p.dead(-1, "driver_async", port))
    if p.checker is not None:
        p.checker.require(p.lock, "driver_async")
    emu = p.emu
    number: int = emu.async_pool.submit(p, key, async_invoke, async_data, async_free, emu.layer.tsd.scheduler)
    return number


def driver_async_port_key(port: ErlDrvPort) -> int:
    """Return a key derived from the port's number: different ports spread over the threads. 0 on a dead port [C]."""
    try:
        p = port._port
    except AttributeError:
        raise NotAPortHandle("driver_async_port_key", port) from None
    if p.state & DEAD:
        return int(p.dead(0, "driver_async_port_key", port))
    if p.checker is not None:
        p.checker.require(p.lock, "driver_async_port_key")
    return int(p.id.number & 0xFFFFFFFF)
