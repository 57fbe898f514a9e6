"""The names that ``erl`` gives to errnos: it has one for each number, and none for some that Python knows."""

from __future__ import annotations

import errno
from typing import Final

_UNKNOWN: Final = frozenset(
    """ERESTART ESTRPIPE EISNAM ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD
    ENOTRECOVERABLE ERFKILL EHWPOISON""".split()
)
_IDS: Final = {number: name.lower() for number, name in errno.errorcode.items() if name not in _UNKNOWN}
# Of two names for one number, Python knows the other one, or either, depending on its version.
_IDS.update({errno.EAGAIN: "eagain", errno.EDEADLK: "edeadlk", errno.ENOTSUP: "enotsup"})


def errno_id(number: int) -> str:
    """Return the lower-case name of an errno, or ``"unknown"``."""
    return _IDS.get(number, "unknown")
