"""Drivers as pluggy plugins: the hook ``driver_init`` stands where the symbol ``driver_init`` stands in C."""

from __future__ import annotations

import pluggy

from erts_emu.driver.entry import DriverEntry

PROJECT_NAME = "erts_emu"
ENTRY_POINT_GROUP = "erts_emu.drivers"

hookspec = pluggy.HookspecMarker(PROJECT_NAME)
hookimpl = pluggy.HookimplMarker(PROJECT_NAME)


class DriverSpec:
    """What a driver plugin implements."""

    @hookspec(firstresult=True)
    def driver_init(self) -> DriverEntry | None:
        """Return the driver's entry, or None to refuse (``driver_init_failed``).

        Called once per load, on the loading process's scheduler with the driver list locked; the entry's own ``init``
        follows if the entry is acceptable.
        """
