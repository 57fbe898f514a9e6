"""A bench with a driver in any state."""

import pytest

from .states import Bench


@pytest.fixture
def bench(emu, me):
    """Two processes, and a driver to be brought into a state."""
    with emu.attach(name="other", trap_exit=True) as other:
        made = Bench(emu, me, other)
        yield made
        made.gate.open()
