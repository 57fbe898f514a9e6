"""Where the bundled drivers are."""

from __future__ import annotations

from pathlib import Path


def bundled_drivers() -> str:
    """Return the folder of the bundled drivers: the path to give to ``erl_ddll:load_driver``."""
    package = Path(__file__).parent
    installed = package / "_bundled_drivers"
    return str(installed if installed.is_dir() else package.parent / "drivers")
