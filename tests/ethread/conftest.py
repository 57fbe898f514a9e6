"""Every contract is checked on each thread layer there is."""

import pytest

from erts_emu.ethread import RealThreads, SeededRandom, SimulatedThreads
from erts_emu.native import event_type

LAYERS = {
    "real": RealThreads,
    "real, bridge": lambda: RealThreads(event=event_type()),
    "greenlets": SimulatedThreads,
    "batons": lambda: SimulatedThreads(carrier="thread"),
    "random": lambda: SimulatedThreads(SeededRandom(7), seed=7),
}


@pytest.fixture(params=LAYERS.values(), ids=LAYERS.keys())
def layer(request):
    """A thread layer; it is closed when the test ends."""
    made = request.param()
    yield made
    made.close()
