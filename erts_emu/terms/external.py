"""The external term format: terms as bytes, the same bytes as ``erl`` of OTP 25 makes.

Identifiers carry the name of their node. There is no distribution here, so nobody answers to those of other nodes
than ``nonode@nohost``; they are read, and written again as they were.

Maps are written in key order. So does ``erl`` for maps of up to 32 keys; larger ones it writes in the order
of its hash table, which depends on the numbers of its atoms, and which nobody may rely on.

Counterpart in ERTS: ``external.c``.
"""

from __future__ import annotations

from erts_emu.terms._decode import BadExternal, decode
from erts_emu.terms._encode import encode
from erts_emu.terms.kinds import Term

__all__ = ["BadExternal", "binary_to_term", "decode_prefix", "term_to_binary"]


def term_to_binary(term: Term, minor_version: int = 1) -> bytes:
    """*term* in external format, with the leading version byte. Raises ``NotATerm``.

    *minor_version* is that of ``erlang:term_to_binary/2``: 0, 1 or 2.
    """
    return bytes(encode(term, minor_version))


def binary_to_term(data: bytes | bytearray | memoryview) -> Term:
    """The term that *data* begins with; like ``erl``'s, it does not look at what follows.

    Raises :class:`BadExternal` (Erlang: ``badarg``).
    """
    return decode(bytes(data), 0)[0]


def decode_prefix(data: bytes | bytearray | memoryview, offset: int = 0) -> tuple[Term, int]:
    """The term at *offset* and the offset after it. Raises :class:`BadExternal`."""
    return decode(bytes(data), offset)
