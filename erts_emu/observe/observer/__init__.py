"""The observer: a live view of a running emulator, in the terminal or in a browser.

It is two processes. The **observed** one has the emulator; a thread in it answers questions with samples, which are
made of the frozen statistics views and of what tracepoints have told (``sampling``, ``history``); it takes no lock of
the emulator's. The **face** is a process of its own, so that drawing costs the emulator nothing; it asks some ten
times a second through a socket that only the same user can open (``link``), and is the only part that needs Textual
(``app``).

What is observed is a *subject*: an emulator, a script or a shell (``subjects``, ``scripts``, ``shells``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from erts_emu.observe.observer.opening import ObserverUnavailable, observe
    from erts_emu.observe.observer.subjects import Subject

_HOMES = {
    "ObserverUnavailable": "erts_emu.observe.observer.opening",
    "Subject": "erts_emu.observe.observer.subjects",
    "observe": "erts_emu.observe.observer.opening",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(home), name)


__all__ = ["ObserverUnavailable", "Subject", "observe"]
