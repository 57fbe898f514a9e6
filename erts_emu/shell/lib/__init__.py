"""The library: a Python module for each Erlang module, named as that is."""

from __future__ import annotations

from typing import Final

MODULES: Final = frozenset(
    (
        "binary", "code", "erl_ddll", "erl_parse", "erl_scan", "erlang", "ets", "file", "filelib", "filename",
        "init", "io", "io_lib", "lists", "maps", "math", "orddict", "ordsets", "os", "proplists", "queue", "rand",
        "sets", "string", "timer", "unicode",
    )
)  # fmt: skip
"""The Erlang modules there are."""
