"""Fixtures for every test of the emulator: simulated threads in order, so that each run is the same."""

import pytest

from erts_emu import Emulator


@pytest.fixture
def emu():
    """A running emulator on simulated threads, in order, with lock checks; it halts when the test ends."""
    with Emulator(threads="simulated") as emulator:
        yield emulator


@pytest.fixture
def me(emu):
    """The test itself as a process of ``emu``."""
    with emu.attach(name="test") as attached:
        yield attached
