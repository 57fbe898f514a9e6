"""The structures of ``erl_driver.h`` that functions fill in or read, field for field."""

from __future__ import annotations

from typing import Final, final

from attrs import define


@final
@define
class ErlDrvSysInfo:
    """What ``driver_system_info`` tells."""

    driver_major_version: int = 0
    driver_minor_version: int = 0
    erts_version: str | None = None
    otp_release: str | None = None
    thread_support: int = 0
    smp_support: int = 0
    async_threads: int = 0
    scheduler_threads: int = 0
    nif_major_version: int = 0
    nif_minor_version: int = 0
    dirty_scheduler_support: int = 0


SYS_INFO_SIZE: Final = 56
"""``sizeof(ErlDrvSysInfo)``."""


@final
@define
class ErlDrvNowData:
    """A moment, as ``erlang:now/0`` has it."""

    megasecs: int = 0
    secs: int = 0
    microsecs: int = 0


@final
@define
class ErlDrvThreadOpts:
    """Options of a new thread. The stack size, in kilowords, is a suggestion that Python's threads do not take."""

    suggested_stack_size: int = -1
