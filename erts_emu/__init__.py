"""A flight simulator for Erlang's linked-in (port) drivers.

``Emulator`` is a mini ERTS; ``erts_emu.driver`` is what a driver may use; ``erts_emu.terms`` are Erlang's terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from erts_emu.bundled import bundled_drivers
    from erts_emu.emulator import Emulator, EmulatorStatistics
    from erts_emu.library import ENTRY_POINTS
    from erts_emu.match import ANY
    from erts_emu.observe import Recorder, Recording
    from erts_emu.terms import Atom, Pid, PortId, Reference

_HOMES = {
    "ANY": "erts_emu.match",
    "Atom": "erts_emu.terms",
    "ENTRY_POINTS": "erts_emu.library",
    "Emulator": "erts_emu.emulator",
    "EmulatorStatistics": "erts_emu.emulator",
    "Pid": "erts_emu.terms",
    "PortId": "erts_emu.terms",
    "Recorder": "erts_emu.observe",
    "Recording": "erts_emu.observe",
    "Reference": "erts_emu.terms",
    "bundled_drivers": "erts_emu.bundled",
}

__version__ = "0.1.0"

__all__ = [
    "ANY",
    "ENTRY_POINTS",
    "Atom",
    "Emulator",
    "EmulatorStatistics",
    "Pid",
    "PortId",
    "Recorder",
    "Recording",
    "Reference",
    "bundled_drivers",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, so that importing the package costs nothing."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value
