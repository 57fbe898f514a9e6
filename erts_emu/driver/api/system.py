"""The system, errno names, dynamic libraries (OTP: ``io.c``, ``erl_bif_ddll.c``)."""

from __future__ import annotations

from erts_emu.driver.constants import ERL_DRV_EXTENDED_MAJOR_VERSION, ERL_DRV_EXTENDED_MINOR_VERSION
from erts_emu.driver.context import emulator
from erts_emu.driver.errno_ids import errno_id
from erts_emu.driver.errors import DriverMisuse
from erts_emu.driver.libraries import DynamicLibrary, LibraryFailure
from erts_emu.driver.structs import SYS_INFO_SIZE, ErlDrvSysInfo
from erts_emu.driver.thread_record import current_thread

_SMALLEST_SYS_INFO = 32


def driver_system_info(sys_info: ErlDrvSysInfo | None, size: int = SYS_INFO_SIZE) -> None:
    """Fill in *sys_info*; with a smaller *size*, of an older header, only the fields that fit [A].

    Raises ``DriverMisuse`` for None or a size below 32, for which OTP writes a crash dump.
    """
    if sys_info is None or size < _SMALLEST_SYS_INFO:
        raise DriverMisuse(f"driver_system_info({sys_info!r}, {size}): there never was such a structure; OTP ends here")
    emu = emulator("driver_system_info")
    sys_info.driver_major_version = ERL_DRV_EXTENDED_MAJOR_VERSION
    sys_info.driver_minor_version = ERL_DRV_EXTENDED_MINOR_VERSION
    sys_info.erts_version = "13.1.5"
    sys_info.otp_release = "25"
    sys_info.thread_support = sys_info.smp_support = 1
    if size >= 40:
        sys_info.async_threads = emu.async_pool.size
        sys_info.scheduler_threads = len(emu.schedulers)
    if size >= 48:
        sys_info.nif_major_version, sys_info.nif_minor_version = 2, 16
    if size >= 52:
        sys_info.dirty_scheduler_support = 1


def erl_errno_id(error: int) -> str:
    """Return the lower-case name of an errno, or ``"unknown"`` [A]."""
    return errno_id(error)


def null_func() -> int:
    """Return 0 [A]."""
    return 0


# --- dynamic libraries ---


def driver_dl_open(path: str) -> DynamicLibrary | None:
    """Open ``path + ".so"`` as ``dlopen`` does, or return None [C]."""
    try:
        return DynamicLibrary(path + ".so")
    except LibraryFailure:
        return None  # of which driver_dl_error does not tell


def driver_dl_sym(handle: DynamicLibrary, name: str) -> int | None:
    """Return a symbol's address, for :mod:`ctypes` to make a function or an object of, or None [C]."""
    try:
        return handle.symbol(name)
    except LibraryFailure as failure:
        current_thread(emulator("driver_dl_sym")).dl_error = str(failure)
        return None


def driver_dl_close(handle: DynamicLibrary) -> int:
    """Close a library; return 0 [C]."""
    handle.close("driver_dl_close")
    return 0


def driver_dl_error() -> str:
    """Return the text of this thread's last failed ``driver_dl_sym``: no other error is ever told [C]."""
    return current_thread(emulator("driver_dl_error")).dl_error or "Unspecified dynamic library error"
