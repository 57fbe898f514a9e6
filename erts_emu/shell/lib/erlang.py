"""The module ``erlang``, in parts by subject, each loaded when a function is not found in those before it."""

from __future__ import annotations

from typing import Final

from erts_emu.shell.native import Library

LIBRARY: Final = Library(
    "erlang",
    (
        "erlang_terms",
        "erlang_processes",
        "erlang_ports",
        "erlang_conversions",
        "erlang_time",
        "erlang_system",
        "erlang_display",
    ),
)
