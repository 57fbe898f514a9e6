"""Erlang terms as Python values: what they are, how they compare, how they are stored and shown.

``kinds`` says which Python value stands for which term. Everything else works on those values: ``order``,
``maps``, ``iodata``, ``external`` (bytes), ``format`` (text). Nothing here calls itself along a term (but for
comparing maps that are keys of maps), so terms may be nested as deep as memory allows; Python's own ``==``, ``hash``
and ``repr`` give up much earlier.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from erts_emu.terms.atoms import Atom
    from erts_emu.terms.external import BadExternal, binary_to_term, decode_prefix, term_to_binary
    from erts_emu.terms.format import format_p, format_shell, format_w
    from erts_emu.terms.identifiers import Node, Pid, PortId, Reference
    from erts_emu.terms.iodata import IoData, NotIodata, iolist_size, iolist_to_bytes
    from erts_emu.terms.kinds import (
        Bitstring,
        ExportFun,
        Fun,
        ImproperList,
        NotATerm,
        Term,
        bitstring,
        list_with_tail,
    )
    from erts_emu.terms.maps import Map, exact_key, map_from_pairs
    from erts_emu.terms.order import compare, compare_keys, exactly_equal, ordered_items, sort_key

_HOMES = {
    "Atom": "atoms",
    "BadExternal": "external",
    "Bitstring": "kinds",
    "ExportFun": "kinds",
    "Fun": "kinds",
    "ImproperList": "kinds",
    "IoData": "iodata",
    "Map": "maps",
    "Node": "identifiers",
    "NotATerm": "kinds",
    "NotIodata": "iodata",
    "Pid": "identifiers",
    "PortId": "identifiers",
    "Reference": "identifiers",
    "Term": "kinds",
    "binary_to_term": "external",
    "bitstring": "kinds",
    "compare": "order",
    "compare_keys": "order",
    "decode_prefix": "external",
    "exact_key": "maps",
    "exactly_equal": "order",
    "format_p": "format",
    "format_shell": "format",
    "format_w": "format",
    "iolist_size": "iodata",
    "iolist_to_bytes": "iodata",
    "list_with_tail": "kinds",
    "map_from_pairs": "maps",
    "ordered_items": "order",
    "sort_key": "order",
    "term_to_binary": "external",
}

__all__ = [
    "Atom",
    "BadExternal",
    "Bitstring",
    "ExportFun",
    "Fun",
    "ImproperList",
    "IoData",
    "Map",
    "Node",
    "NotATerm",
    "NotIodata",
    "Pid",
    "PortId",
    "Reference",
    "Term",
    "binary_to_term",
    "bitstring",
    "compare",
    "compare_keys",
    "decode_prefix",
    "exact_key",
    "exactly_equal",
    "format_p",
    "format_shell",
    "format_w",
    "iolist_size",
    "iolist_to_bytes",
    "list_with_tail",
    "map_from_pairs",
    "ordered_items",
    "sort_key",
    "term_to_binary",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: what only reads atoms need not load the external format."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
