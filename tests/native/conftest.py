"""Compiled drivers: everything here needs the bridge, which is compiled if need be.

``ERTS_EMU_REQUIRE_ERL=1`` makes a missing compiler, header or ``erl`` a failure instead of a skip.
"""

import pytest

from .building import HERE, REQUIRED, bridge_problem, compile_driver


@pytest.fixture(autouse=True, scope="session")
def bridge():
    problem = bridge_problem()
    if problem is not None:
        if REQUIRED:
            pytest.fail(problem)
        pytest.skip(problem)


@pytest.fixture
def driver():
    """Compile one of the drivers in ``c/``, and return its folder."""
    return lambda name, *options: str(compile_driver(HERE / "c" / f"{name}.c", *options))
