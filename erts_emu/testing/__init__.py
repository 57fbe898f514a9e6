"""The test kit: test a driver under plain pytest, on every interleaving.

The pytest plugin (``erts_emu.testing.plugin``) offers all of this as fixtures and markers. Everything also works as
plain functions and context managers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from erts_emu.testing.explorer.engine import Failure, Result, explore_threads
    from erts_emu.testing.explorer.layer import ExploredThreads
    from erts_emu.testing.explorer.strategy import Exploration
    from erts_emu.testing.exploring import InterleavingFailed, explore, explore_program
    from erts_emu.testing.findings import CheckFailed, Finding
    from erts_emu.testing.workbench import DriverUnderTest, PortUnderTest, VirtualClock, Workbench

_HOMES = {
    "CheckFailed": "erts_emu.testing.findings",
    "DriverUnderTest": "erts_emu.testing.workbench",
    "Exploration": "erts_emu.testing.explorer.strategy",
    "ExploredThreads": "erts_emu.testing.explorer.layer",
    "Failure": "erts_emu.testing.explorer.engine",
    "Finding": "erts_emu.testing.findings",
    "InterleavingFailed": "erts_emu.testing.exploring",
    "PortUnderTest": "erts_emu.testing.workbench",
    "Result": "erts_emu.testing.explorer.engine",
    "VirtualClock": "erts_emu.testing.workbench",
    "Workbench": "erts_emu.testing.workbench",
    "explore": "erts_emu.testing.exploring",
    "explore_program": "erts_emu.testing.exploring",
    "explore_threads": "erts_emu.testing.explorer.engine",
}

__all__ = [
    "CheckFailed",
    "DriverUnderTest",
    "Exploration",
    "ExploredThreads",
    "Failure",
    "Finding",
    "InterleavingFailed",
    "PortUnderTest",
    "Result",
    "VirtualClock",
    "Workbench",
    "explore",
    "explore_program",
    "explore_threads",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: the plugin is imported by every pytest run."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value
