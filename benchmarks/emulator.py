"""The emulator's side of the benchmarks: the one module here that knows `erts_emu`."""

from benchmarks.protocols import System, Unavailable


def load() -> System:
    """Return the system to measure, or raise `Unavailable` with the reason."""
    raise Unavailable("the emulator is not connected yet")
