r"""How simple terms are spelt: atoms, numbers, strings, bits, identifiers, funs.

The encoding says which characters may be written as they are: those up to 255 in *latin1*, all of
them in *unicode*; the others are written as ``\x{3B1}``. Counterparts in OTP: ``io_lib``, ``erts_print_term``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, TypeAlias

from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid, PortId, Reference
from erts_emu.terms.kinds import Bitstring, ExportFun, Fun, finite

Encoding: TypeAlias = Literal["latin1", "unicode"]

# -- atoms and strings ----------------------------------------------------------------------------

_UMLAUTS: Final = frozenset(map(chr, range(0xDF, 0x100))) - {"\xf7"}
_LOWER: Final = frozenset("abcdefghijklmnopqrstuvwxyz") | _UMLAUTS
_CAPITALS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ") | frozenset(map(chr, range(0xC0, 0xDF))) - {"\xd7"}
_IN_ERTS_NAMES: Final = _LOWER | _CAPITALS | frozenset("0123456789_")
_IN_NAMES: Final = _IN_ERTS_NAMES | {"@"}

RESERVED: Final = frozenset(
    "after and andalso band begin bnot bor bsl bsr bxor case catch cond div end fun if let not of or orelse "
    "receive rem try when xor".split()
)
"""The words that are not atoms unless they are quoted."""

_LETTERS: Final = {8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r"}
_CONTROLS: Final = (*range(32), *range(127, 160))


def _escapes(quote: str, letters: dict[int, str], controls: Iterable[int]) -> dict[int, str]:
    octal = {code: f"\\{code:03o}" for code in controls}
    named = {code: f"\\{letter}" for code, letter in letters.items()}
    return octal | named | {ord(quote): f"\\{quote}", ord("\\"): "\\\\"}


_IN_ATOM: Final = _escapes("'", _LETTERS | {27: "e", 127: "d"}, _CONTROLS)
_IN_STRING: Final = _escapes('"', _LETTERS | {27: "e", 127: "d"}, _CONTROLS)
_IN_ERTS_ATOM: Final = _escapes("'", _LETTERS, (code for code in _CONTROLS if code != 127))


def atom_text(atom: Atom, encoding: Encoding = "latin1") -> str:
    """*atom* as source code has it, quoted where it must be."""
    name = atom.name
    if name[:1] in _LOWER and _IN_NAMES.issuperset(name) and name not in RESERVED:
        return name
    return f"'{_encoded(name.translate(_IN_ATOM), encoding)}'"


def string_text(text: str, encoding: Encoding = "latin1") -> str:
    """*text* in double quotes."""
    return f'"{_encoded(text.translate(_IN_STRING), encoding)}"'


def _encoded(text: str, encoding: Encoding) -> str:
    if encoding == "unicode" or max(text, default="") <= "\xff":
        return text
    return "".join([c if c <= "\xff" else f"\\x{{{ord(c):X}}}" for c in text])


# -- numbers --------------------------------------------------------------------------------------

_SAFE_BITS: Final = 2000  # within the smallest limit that sys.set_int_max_str_digits() accepts
_CHUNK: Final = 10**500


def integer_text(number: int) -> str:
    """*number* in decimal, of any length: Python's own limit on digits does not apply."""
    if number.bit_length() <= _SAFE_BITS:
        return int.__repr__(number)
    sign, rest = "-" if number < 0 else "", abs(number)
    chunks = []
    while rest >= _CHUNK:
        rest, chunk = divmod(rest, _CHUNK)
        chunks.append(f"{chunk:0500}")
    return "".join((sign, str(rest), *reversed(chunks)))


_LOSSLESS: Final = float(2**53)


def float_text(number: float) -> str:
    """*number* in the fewest digits that read back as it, in whichever of two notations is shorter.

    From 2**53 on, where not every integer is a float, it is always the scientific one.
    """
    sign, digits, point = _digits(finite(number))
    scientific = f"{digits[0]}.{digits[1:] or '0'}e{point - 1}"
    if abs(number) >= _LOSSLESS:
        return sign + scientific
    plain = _plain(digits, point)
    return sign + (plain if len(plain) <= len(scientific) else scientific)


def _digits(number: float) -> tuple[str, str, int]:
    """Sign, digits without zeros around them, and the place of the point before the first digit."""
    text = float.__repr__(number)
    sign = "-" if text[0] == "-" else ""
    mantissa, _, exponent = text.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = int(exponent or 0) + len(digits) - len(fraction)
    digits = digits.rstrip("0")
    return (sign, digits, point) if digits else (sign, "0", 1)


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    return f"{digits[:point]:0<{point}}.{digits[point:] or '0'}"


# -- the others -----------------------------------------------------------------------------------


def bits_text(term: bytes | Bitstring) -> str:
    """A binary or bitstring as numbers: ``<<97,98,1:4>>``."""
    return f"<<{','.join(bit_segments(term))}>>"


def bit_segments(term: bytes | Bitstring) -> list[str]:
    """The numbers of :func:`bits_text`."""
    if isinstance(term, Bitstring):
        last = f"{term.data[-1] >> (8 - term.bits)}:{term.bits}"
        return [*map(str, term.data[:-1]), last]
    return list(map(str, term))


def fun_text(fun: Fun | ExportFun) -> str:
    """A fun as the emulator itself spells it.

    It has its own idea of quoting, knows no encoding, and gives its UTF-8 bytes away as characters.
    """
    if isinstance(fun, ExportFun):
        return f"fun {_erts_atom(fun.module)}:{_erts_atom(fun.function)}/{fun.arity}"
    return f"#Fun<{_erts_atom(fun.module)}.{fun.index}.{fun.unique}>"


def _erts_atom(atom: Atom) -> str:
    name = atom.name
    if name[:1] not in _LOWER or not _IN_ERTS_NAMES.issuperset(name):
        name = f"'{name.translate(_IN_ERTS_ATOM)}'"
    return name if name.isascii() else name.encode().decode("latin-1")


LEAVES: Final[dict[type, Callable[[Any], str]]] = {
    int: integer_text,
    float: float_text,
    Pid: str,
    PortId: str,
    Reference: str,
    Fun: fun_text,
    ExportFun: fun_text,
}
"""The spelling of all simple terms on which encoding and depth have no influence."""
