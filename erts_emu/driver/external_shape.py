"""A first look at bytes in external format, whether sizes and tags add up (OTP: ``decoded_size`` in ``external.c``).

What the parts mean is not looked at: a float that is not finite or a key twice in a map passes.
"""

from __future__ import annotations

import zlib
from typing import Final

_VERSION: Final = 131
_COMPRESSED: Final = 80
_MOST_REFERENCE_WORDS: Final = 5

# What follows a tag: bytes to skip; or a number of so many bytes, which counts bytes, after so many others.
_FIXED: Final = {70: 8, 82: 1, 97: 1, 98: 4, 99: 31, 106: 0}
_SIZED: Final = {
    77: (4, 1), 100: (2, 0), 107: (2, 0), 109: (4, 0), 110: (1, 1), 111: (4, 1), 115: (1, 0), 118: (2, 0), 119: (1, 0),
}  # fmt: skip
# A number that counts parts, so many for each, and so many more.
_COUNTED: Final = {104: (1, 1, 0), 105: (4, 1, 0), 108: (4, 1, 1), 116: (4, 2, 0)}
# Parts, and bytes after them: identifiers begin with the atom of their node.
_COMPOUND: Final = {88: (1, 12), 89: (1, 8), 101: (1, 5), 102: (1, 5), 103: (1, 9), 113: (3, 0), 120: (1, 12)}
_REFERENCES: Final = {90: 4, 114: 1}  # bytes of the creation
_NEW_FUN: Final = 112


def has_external_shape(data: bytes) -> bool:
    """Say whether a term in external format could begin *data*; what comes after it does not matter."""
    if len(data) < 2 or data[0] != _VERSION:
        return False
    if data[1] != _COMPRESSED:
        return _has_shape(data, 1)
    inflater = zlib.decompressobj()
    size = int.from_bytes(data[2:6], "big")
    try:
        plain = inflater.decompress(data[6:], size + 1)
    except zlib.error:
        return False
    return inflater.eof and len(plain) == size and _has_shape(plain, 0)


def _has_shape(data: bytes, at: int) -> bool:
    end = len(data)
    waiting = [(1, 0)]  # parts to come, then bytes to skip
    while waiting:
        parts, skip = waiting.pop()
        if not parts:
            at += skip
            if at > end:
                return False
            continue
        if at + parts > end:  # each takes a byte at least
            return False
        waiting.append((parts - 1, skip))
        tag = data[at]
        at += 1
        if tag in _FIXED:
            at += _FIXED[tag]
        elif tag in _SIZED:
            width, more = _SIZED[tag]
            at += width + more + int.from_bytes(data[at : at + width], "big")
        elif tag in _COUNTED:
            width, each, extra = _COUNTED[tag]
            waiting.append((int.from_bytes(data[at : at + width], "big") * each + extra, 0))
            at += width
        elif tag in _COMPOUND:
            waiting.append(_COMPOUND[tag])
        elif tag in _REFERENCES:
            words = int.from_bytes(data[at : at + 2], "big")
            if words > _MOST_REFERENCE_WORDS:
                return False
            waiting.append((1, _REFERENCES[tag] + 4 * words))
            at += 2
        elif tag == _NEW_FUN:
            waiting.append((4 + int.from_bytes(data[at + 25 : at + 29], "big"), 0))
            at += 29
        else:
            return False
        if at > end:
            return False
    return True
