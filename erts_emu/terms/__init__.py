"""Erlang terms as Python values: what they are, how they compare, how they are stored and shown.

``kinds`` says which Python value stands for which term. Everything else works on those values: ``order``,
``maps``, ``iodata``, ``external`` (bytes), ``format`` (text). Nothing here calls itself along a term (but for
comparing maps that are keys of maps), so terms may be nested as deep as memory allows; Python's own ``==``, ``hash``
and ``repr`` give up much earlier.
"""

from erts_emu.terms.atoms import Atom
from erts_emu.terms.external import BadExternal, binary_to_term, decode_prefix, term_to_binary
from erts_emu.terms.format import format_p, format_shell, format_w
from erts_emu.terms.identifiers import Pid, PortId, Reference
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

__all__ = [
    "Atom",
    "BadExternal",
    "Bitstring",
    "ExportFun",
    "Fun",
    "ImproperList",
    "IoData",
    "Map",
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
