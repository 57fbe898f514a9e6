"""The system, errno names, dynamic libraries (driver_api.md §2.6, §2.16, §2.19)."""

import ctypes
import errno
import shutil
import subprocess

import pytest
from attrs import asdict
from helpers import on_real_threads

from erts_emu import Emulator
from erts_emu.driver import (
    DriverMisuse,
    ErlDrvSysInfo,
    Pointer,
    driver_dl_close,
    driver_dl_error,
    driver_dl_open,
    driver_dl_sym,
    driver_system_info,
    erl_drv_thread_create,
    erl_drv_thread_join,
    erl_errno_id,
    null_func,
)

from .proof import Lab, proves

UNSPECIFIED = "Unspecified dynamic library error"


def info(lab, *size):
    def job(_):
        sys_info = ErlDrvSysInfo()
        assert driver_system_info(sys_info, *size) is None
        return asdict(sys_info)

    return lab.run(job)


@proves("driver_system_info")
def test_system_info_has_cs_fields():
    with Emulator(threads="simulated", async_threads=3, schedulers=2) as emu, emu.attach() as me:
        assert info(Lab(me)) == {
            "driver_major_version": 3,
            "driver_minor_version": 3,
            "erts_version": "13.1.5",
            "otp_release": "25",
            "thread_support": 1,
            "smp_support": 1,
            "async_threads": 3,
            "scheduler_threads": 2,
            "nif_major_version": 2,
            "nif_minor_version": 16,
            "dirty_scheduler_support": 1,
        }


@proves("driver_system_info")
@pytest.mark.parametrize(("size", "filled"), [(32, 6), (39, 6), (40, 8), (48, 10), (51, 10), (52, 11), (99, 11)])
def test_an_older_structure_gets_the_fields_that_fit(me, size, filled):
    values = list(info(Lab(me), size).values())
    assert [bool(value) for value in values] == [True] * filled + [False] * (11 - filled)


@proves("driver_system_info")
def test_no_structure_is_an_error_where_otp_ends(me):
    def job(_):
        for arguments in ((None,), (ErlDrvSysInfo(), 31)):
            with pytest.raises(DriverMisuse):
                driver_system_info(*arguments)

    Lab(me).run(job)


@proves("erl_errno_id")
@pytest.mark.parametrize(
    ("number", "name"),
    [
        (errno.ENOENT, "enoent"), (11, "eagain"), (35, "edeadlk"), (95, "enotsup"), (110, "etimedout"), (0, "unknown"),
        (-1, "unknown"), (9999, "unknown"), (41, "unknown"), (85, "unknown"), (125, "unknown"), (133, "unknown"),
    ],
)  # fmt: skip
def test_errno_names_are_those_of_erl(number, name):
    assert erl_errno_id(number) == name


@proves("null_func")
def test_null_func_is_0():
    assert null_func() == 0


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A shared library with one function, without the ending .so."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    folder = tmp_path_factory.mktemp("library")
    (folder / "twice.c").write_text("int twice(int n) { return 2 * n; }\n")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", folder / "twice.so", folder / "twice.c"], check=True)
    return str(folder / "twice")


@proves("driver_dl_open", "driver_dl_sym", "driver_dl_close")
def test_a_library_is_opened_looked_into_and_closed(me, library):
    def job(_):
        handle = driver_dl_open(library)
        twice = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(driver_dl_sym(handle, "twice"))
        return twice(21), driver_dl_sym(handle, "thrice"), driver_dl_close(handle), handle

    *results, handle = Lab(me).run(job)
    assert results == [42, None, 0]
    with pytest.raises(DriverMisuse, match="is closed"):
        driver_dl_close(handle)


@proves("S38", "driver_dl_error", "driver_dl_open", "driver_dl_sym")
def test_only_a_failed_dl_sym_of_this_thread_is_ever_told(library):
    def scenario(emu):
        with emu.attach() as me:
            told = []

            def job(_):
                assert driver_dl_open("/nonexistent/library") is None
                told.append(driver_dl_error())
                handle = driver_dl_open(library)
                driver_dl_sym(handle, "thrice")
                told.append(driver_dl_error())
                driver_dl_sym(handle, "twice")
                driver_dl_open("/nonexistent/library")
                told.append(driver_dl_error())
                tid = Pointer(None)
                erl_drv_thread_create("other", tid, lambda _: told.append(driver_dl_error()), None, None)
                erl_drv_thread_join(tid.value, None)

            Lab(me).run(job)
            symbol = f"{library}.so: undefined symbol: thrice"
            assert told == [UNSPECIFIED, symbol, symbol, UNSPECIFIED]

    on_real_threads(scenario)
