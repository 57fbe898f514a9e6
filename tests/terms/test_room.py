"""Promises of the room as a whole."""

import subprocess
import sys

import erts_emu.terms as room


def test_every_public_name_is_documented():
    elsewhere = {"IoData", "Term", "sort_key"}  # below their definitions
    undocumented = [name for name in room.__all__ if name not in elsewhere and not getattr(room, name).__doc__]
    assert undocumented == []
    assert room.__all__ == sorted(room.__all__)


def test_importing_it_loads_nothing_heavy():
    code = "import sys; import erts_emu.terms; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split()
    assert not {"attr", "attrs", "asyncio", "dataclasses", "decimal", "inspect", "logging", "structlog"} & set(loaded)
