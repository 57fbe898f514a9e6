"""Fixtures for every test of the emulator: simulated threads in order, so that each run is the same."""

import signal

import pytest
import structlog

from erts_emu import Emulator

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in the background with SIGINT ignored, and programs under test would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def logged():
    """What the emulator logs during the test, as dictionaries."""
    with structlog.testing.capture_logs() as events:
        yield events
    structlog.reset_defaults()


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
