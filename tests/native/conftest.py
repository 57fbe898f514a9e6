"""Compiled drivers: everything here needs the bridge, which is compiled if need be.

``ERTS_EMU_REQUIRE_ERL=1`` makes a missing compiler, header or ``erl`` a failure instead of a skip.
"""

import shutil
from pathlib import Path

import pytest

from .building import HERE, REQUIRED, bridge_problem, compile_driver


def need(problem):
    """Skip the test for *problem*, unless there is none; or fail, where nothing may be skipped."""
    if problem is not None:
        (pytest.fail if REQUIRED else pytest.skip)(problem)


@pytest.fixture(autouse=True, scope="session")
def bridge():
    need(bridge_problem())


@pytest.fixture
def driver():
    """Compile one of the drivers in ``c/``, and return its folder."""
    return lambda name, *options: str(compile_driver(HERE / "c" / f"{name}.c", *options))


@pytest.fixture
def real_erl():
    need(None if shutil.which("erl") else "erl is not installed")


@pytest.fixture
def otp_include(real_erl):
    """The folder of OTP's own erl_driver.h."""
    folder = Path(shutil.which("erl")).resolve().parent.parent / "usr" / "include"
    need(None if (folder / "erl_driver.h").exists() else "OTP's erl_driver.h is not installed")
    return folder
