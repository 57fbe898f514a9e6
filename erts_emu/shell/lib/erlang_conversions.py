"""BIFs that convert: atoms, numbers, lists, binaries, iodata, the external format, identifiers."""

from __future__ import annotations

import re
import zlib
from typing import Any, Final

from erts_emu.shell.bits import Writer
from erts_emu.shell.lib._arguments import a_binary, a_list, an_atom, chars, natural, text
from erts_emu.shell.lib._floats import decimals, scientific, shortest
from erts_emu.shell.lib.erlang import LIBRARY
from erts_emu.shell.operators import is_bitstring
from erts_emu.shell.tokens import decimal
from erts_emu.shell.values import Raised, badarg
from erts_emu.terms import BadExternal, NotIodata, decode_prefix, iolist_to_bytes, term_to_binary
from erts_emu.terms.atoms import MAX_ATOM_CHARACTERS, Atom, _table
from erts_emu.terms.identifiers import Pid, PortId, Reference
from erts_emu.terms.kinds import Bitstring, ExportFun, Fun, ImproperList
from erts_emu.terms.spelling import fun_text, integer_text

# --- atoms ---


def _atom(name: str, *, existing: bool = False) -> Atom:
    if any("\ud800" <= character < "\ue000" for character in name):
        raise badarg()
    if existing:
        if name not in _table:
            raise badarg()
    elif len(name) > MAX_ATOM_CHARACTERS:
        raise Raised(Atom("system_limit"))
    return Atom(name)


_UTF8: Final = Atom("utf8")
_ENCODINGS: Final = {"utf8": "utf-8", "unicode": "utf-8", "latin1": "latin-1"}


def _encoding(term: Any) -> str:
    if type(term) is not Atom or term.name not in _ENCODINGS:
        raise badarg()
    return _ENCODINGS[term.name]


@LIBRARY.plain("atom_to_list")
def _atom_to_list(atom: Any) -> list[int]:
    return chars(an_atom(atom).name)


@LIBRARY.plain("atom_to_binary", 1, 2)
def _atom_to_binary(atom: Any, encoding: Any = _UTF8) -> bytes:
    try:
        return an_atom(atom).name.encode(_encoding(encoding))
    except UnicodeEncodeError:
        raise badarg() from None


@LIBRARY.plain("list_to_atom")
def _list_to_atom(term: Any) -> Atom:
    return _atom(text(term))


@LIBRARY.plain("list_to_existing_atom")
def _list_to_existing_atom(term: Any) -> Atom:
    return _atom(text(term), existing=True)


@LIBRARY.plain("binary_to_atom", 1, 2)
def _binary_to_atom(term: Any, encoding: Any = _UTF8) -> Atom:
    return _atom(_decoded(term, encoding))


@LIBRARY.plain("binary_to_existing_atom", 1, 2)
def _binary_to_existing_atom(term: Any, encoding: Any = _UTF8) -> Atom:
    return _atom(_decoded(term, encoding), existing=True)


def _decoded(term: Any, encoding: Any) -> str:
    codec = _encoding(encoding)
    try:
        return a_binary(term).decode(codec)
    except UnicodeDecodeError:
        raise badarg() from None


# --- integers ---

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")


def _base(term: Any) -> int:
    if type(term) is not int or not 2 <= term <= 36:
        raise badarg()
    return term


def _integer_text(number: Any, base: Any) -> str:
    if type(number) is not int:
        raise badarg()
    return in_base(number, _base(base))


def in_base(number: int, base: int) -> str:
    """An integer in any base from 2 to 36, in capitals."""
    if base == 10:
        return integer_text(number)
    if base in (2, 8, 16):
        return format(number, {2: "b", 8: "o", 16: "X"}[base])
    digits = []
    rest = abs(number)
    while rest:
        rest, digit = divmod(rest, base)
        digits.append(_DIGITS[digit])
    return ("-" if number < 0 else "") + ("".join(reversed(digits)) or "0")


def _parsed(source: str, base: Any) -> int:
    digits = source.lstrip("+-") if source[:1] in ("+", "-") else source
    if not digits or len(source) - len(digits) > 1 or not digits.isascii() or not digits.isalnum():
        raise badarg()
    try:
        number = decimal(digits) if _base(base) == 10 and digits.isdigit() else int(digits, base)
    except ValueError:
        raise badarg() from None
    return -number if source[0] == "-" else number


@LIBRARY.plain("integer_to_list", 1, 2)
def _integer_to_list(number: Any, base: Any = 10) -> list[int]:
    return chars(_integer_text(number, base))


@LIBRARY.plain("integer_to_binary", 1, 2)
def _integer_to_binary(number: Any, base: Any = 10) -> bytes:
    return _integer_text(number, base).encode()


@LIBRARY.plain("list_to_integer", 1, 2)
def _list_to_integer(term: Any, base: Any = 10) -> int:
    return _parsed(text(term), base)


@LIBRARY.plain("binary_to_integer", 1, 2)
def _binary_to_integer(term: Any, base: Any = 10) -> int:
    return _parsed(a_binary(term).decode("latin-1"), base)


# --- floats ---

_FLOAT: Final = re.compile(r"[+-]?[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?")


def _parsed_float(source: str) -> float:
    if _FLOAT.fullmatch(source) is None:
        raise badarg()
    number = float(source)
    if number in (float("inf"), float("-inf")):
        raise badarg()
    return number


def _float_text(number: Any, options: Any = None) -> str:
    if type(number) is not float:
        raise badarg()
    if options is None:
        return scientific(number, 20)
    spelt = scientific(number, 20)
    compact = False
    digits: int | None = None
    for option in a_list(options):
        if option is Atom("compact"):
            compact = True
        elif option is Atom("short"):
            spelt = shortest(number)
            digits = None
        elif type(option) is tuple and len(option) == 2 and type(option[1]) is int:
            spelt, digits = _formatted(number, *option)
        else:
            raise badarg()
    if compact and digits is not None:
        spelt = _compacted(spelt)
    return spelt


def _formatted(number: float, kind: Any, count: int) -> tuple[str, int | None]:
    if kind is Atom("decimals") and 0 <= count <= 253:
        return decimals(number, count), count
    if kind is Atom("scientific") and 0 <= count <= 249:
        return scientific(number, count), None
    raise badarg()


def _compacted(spelt: str) -> str:
    whole, point, fraction = spelt.partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}{point}{fraction or '0'}" if point else whole


@LIBRARY.plain("float_to_list", 1, 2)
def _float_to_list(number: Any, options: Any = None) -> list[int]:
    return chars(_float_text(number, options))


@LIBRARY.plain("float_to_binary", 1, 2)
def _float_to_binary(number: Any, options: Any = None) -> bytes:
    return _float_text(number, options).encode()


@LIBRARY.plain("list_to_float")
def _list_to_float(term: Any) -> float:
    return _parsed_float(text(term))


@LIBRARY.plain("binary_to_float")
def _binary_to_float(term: Any) -> float:
    return _parsed_float(a_binary(term).decode("latin-1"))


# --- binaries and iodata ---


def _iodata(term: Any) -> bytes:
    if not isinstance(term, bytes | list | ImproperList):
        raise badarg()
    try:
        return iolist_to_bytes(term)
    except NotIodata:
        raise badarg() from None


@LIBRARY.plain("iolist_to_binary")
def _iolist_to_binary(term: Any) -> bytes:
    return _iodata(term)


@LIBRARY.plain("list_to_binary")
def _list_to_binary(term: Any) -> bytes:
    if isinstance(term, bytes):
        raise badarg()
    return _iodata(term)


@LIBRARY.plain("iolist_size")
def _iolist_size(term: Any) -> int:
    return len(_iodata(term))


@LIBRARY.plain("iolist_to_iovec")
def _iolist_to_iovec(term: Any) -> list[bytes]:
    data = _iodata(term)
    return [data] if data else []


@LIBRARY.plain("binary_to_list", 1)
def _binary_to_list(term: Any) -> list[int]:
    return list(a_binary(term))


@LIBRARY.plain("binary_to_list", 3)
def _binary_to_list_part(term: Any, start: Any, stop: Any) -> list[int]:
    if type(start) is not int or type(stop) is not int or not 1 <= start <= stop <= len(a_binary(term)):
        raise badarg()
    return list(term[start - 1 : stop])


@LIBRARY.plain("bitstring_to_list")
def _bitstring_to_list(term: Any) -> list[Any]:
    if type(term) is Bitstring:
        return [*term.data[:-1], Bitstring(term.data[-1:], term.bits)]
    return list(a_binary(term))


@LIBRARY.plain("list_to_bitstring")
def _list_to_bitstring(term: Any) -> bytes | Bitstring:
    if type(term) is not list and type(term) is not ImproperList:
        raise badarg()
    writer = Writer()
    pending: list[Any] = [term]
    while pending:
        part = pending.pop()
        if type(part) is list:
            pending += reversed(part)
        elif type(part) is ImproperList:
            if type(part.tail) is int:
                raise badarg()
            pending += (part.tail, *reversed(part.elements))
        elif type(part) is int and 0 <= part <= 255:
            writer.put(part, 8)
        elif is_bitstring(part):
            writer.put_bitstring(part)
        else:
            raise badarg()
    return writer.result()


@LIBRARY.plain("term_to_binary", 1, 2)
def _term_to_binary(term: Any, options: Any = None) -> bytes:
    level, minor_version = _encoding_options([] if options is None else a_list(options))
    encoded = term_to_binary(term, minor_version)
    if not level:
        return encoded
    packed = zlib.compress(encoded[1:], level)
    if len(packed) + 5 >= len(encoded) - 1:
        return encoded
    return b"\x83P" + (len(encoded) - 1).to_bytes(4, "big") + packed


def _encoding_options(options: list[Any]) -> tuple[int, int]:
    """The level of compression, and the minor version."""
    level, minor_version = 0, 1
    for option in options:
        if option is Atom("compressed"):
            level = 6
        elif option in (Atom("deterministic"), Atom("local")):
            continue
        elif type(option) is tuple and len(option) == 2 and type(option[1]) is int:
            if option[0] is Atom("compressed") and 0 <= option[1] <= 9:
                level = option[1]
            elif option[0] is Atom("minor_version") and option[1] in (0, 1, 2):
                minor_version = option[1]
            else:
                raise badarg()
        else:
            raise badarg()
    return level, minor_version


@LIBRARY.plain("external_size", 1, 2)
def _external_size(term: Any, options: Any = None) -> int:
    if options is None:
        return len(term_to_binary(term))
    return len(term_to_binary(term, _encoding_options(a_list(options))[1]))


@LIBRARY.plain("term_to_iovec", 1, 2)
def _term_to_iovec(term: Any, options: Any = None) -> list[bytes]:
    return [_term_to_binary(term, options)]


@LIBRARY.plain("binary_to_term", 1, 2)
def _binary_to_term(term: Any, options: Any = None) -> Any:
    used = safe = False
    for option in [] if options is None else a_list(options):
        if option not in (Atom("safe"), Atom("used")):
            raise badarg()
        used = used or option is Atom("used")
        safe = safe or option is Atom("safe")
    atoms = len(_table)
    try:
        value, size = decode_prefix(a_binary(term), 0)
    except BadExternal:
        raise badarg() from None
    if safe and len(_table) > atoms:
        raise badarg()
    return (value, size) if used else value


# --- check sums ---


def _sum(term: Any) -> int:
    """A check sum of 32 bits."""
    if type(term) is not int or not 0 <= term < 1 << 32:
        raise badarg()
    return term


@LIBRARY.plain("crc32", 1, 2)
def _crc32(first: Any, second: Any = None) -> int:
    return zlib.crc32(_iodata(first)) if second is None else zlib.crc32(_iodata(second), _sum(first))


@LIBRARY.plain("adler32", 1, 2)
def _adler32(first: Any, second: Any = None) -> int:
    if second is None:
        return zlib.adler32(_iodata(first))
    data, former = _iodata(second), _sum(first)
    return former if second == [] else zlib.adler32(data, former)


@LIBRARY.plain("crc32_combine")
def _crc32_combine(first: Any, second: Any, size: Any) -> int:
    """The sum of two texts after each other: the first sum goes on over as many zero bits as the second text has."""
    combined = _sum(first)
    _sum(second)
    matrix = [0xEDB88320, *(1 << bit for bit in range(31))]  # what one zero bit makes of each bit of a sum
    bits = 8 * natural(size)
    while bits:
        if bits & 1:
            combined = _times(matrix, combined)
        matrix = [_times(matrix, row) for row in matrix]
        bits >>= 1
    return combined ^ int(second)


def _times(matrix: list[int], vector: int) -> int:
    product = 0
    for bit, row in enumerate(matrix):
        if vector >> bit & 1:
            product ^= row
    return product


@LIBRARY.plain("adler32_combine")
def _adler32_combine(first: Any, second: Any, size: Any) -> int:
    modulus = 65521
    if size == 0 and _sum(second) >= 0:
        return _sum(first)
    rest = natural(size) % modulus
    low, high = _sum(first) & 0xFFFF, first >> 16
    new_low = (low + (_sum(second) & 0xFFFF) - 1) % modulus
    new_high = (rest * low + high + (second >> 16) - rest) % modulus
    return int(new_high << 16 | new_low)


@LIBRARY.plain("md5")
def _md5(term: Any) -> bytes:
    from hashlib import md5

    return md5(_iodata(term), usedforsecurity=False).digest()


_MD5_CONTEXT: Final = b"MD5 of"
"""How the context begins of a digest that is not at its end: what was given so far follows."""


@LIBRARY.plain("md5_init")
def _md5_init() -> bytes:
    return _MD5_CONTEXT


@LIBRARY.plain("md5_update")
def _md5_update(context: Any, data: Any) -> bytes:
    if not a_binary(context).startswith(_MD5_CONTEXT):
        raise badarg()
    return a_binary(context) + _iodata(data)


@LIBRARY.plain("md5_final")
def _md5_final(context: Any) -> bytes:
    return _md5(_md5_update(context, [])[len(_MD5_CONTEXT) :])


# --- identifiers and funs ---


@LIBRARY.plain("pid_to_list")
def _pid_to_list(term: Any) -> list[int]:
    if type(term) is not Pid:
        raise badarg()
    return chars(str(term))


@LIBRARY.plain("port_to_list")
def _port_to_list(term: Any) -> list[int]:
    if type(term) is not PortId:
        raise badarg()
    return chars(str(term))


@LIBRARY.plain("ref_to_list")
def _ref_to_list(term: Any) -> list[int]:
    if type(term) is not Reference:
        raise badarg()
    return chars(str(term))


@LIBRARY.plain("fun_to_list")
def _fun_to_list(term: Any) -> list[int]:
    if not isinstance(term, Fun | ExportFun):
        raise badarg()
    return chars(fun_text(term))


_PID: Final = re.compile(r"<0\.([0-9]+)\.([0-9]+)>")
_PORT: Final = re.compile(r"#Port<0+\.([0-9]+)>")
_REFERENCE: Final = re.compile(r"#Ref<0\.([0-9]+)\.([0-9]+)\.([0-9]+)>")


def _match(pattern: re.Pattern[str], term: Any) -> list[int]:
    found = pattern.fullmatch(text(term))
    if found is None:
        raise badarg()
    return [*map(int, found.groups())]


@LIBRARY.plain("list_to_pid")
def _list_to_pid(term: Any) -> Pid:
    number, serial = _match(_PID, term)
    if number >= 1 << 28 or serial >= 1 << 13:
        raise badarg()
    return Pid(number, serial)


@LIBRARY.plain("list_to_port")
def _list_to_port(term: Any) -> PortId:
    (number,) = _match(_PORT, term)
    if number >= 1 << 28:
        raise badarg()
    return PortId(number)


@LIBRARY.plain("list_to_ref")
def _list_to_ref(term: Any) -> Reference:
    high, middle, low = _match(_REFERENCE, term)
    return Reference((low, middle, high))
