"""The bit syntax: making and taking apart binaries (OTP: ``eval_bits``, ``erl_bits.c``)."""

from __future__ import annotations

import struct
from typing import Any, Final, final

from erts_emu.shell.values import Raised, badarg
from erts_emu.terms.kinds import Bitstring, bitstring, part_of

MISS: Final = object()
"""What a reader returns where the bits do not match."""


class BadSegment(ValueError):
    """A type specifier is wrong; ``reason`` is what OTP has for it."""

    def __init__(self, reason: Any) -> None:
        super().__init__(repr(reason))
        self.reason = reason


@final
class Spec:
    """The type of a segment, with its defaults filled in."""

    __slots__ = ("default_size", "kind", "little", "signed", "unit")

    def __init__(self, kind: str, unit: int, default_size: int | None, *, signed: bool, little: bool) -> None:
        self.kind = kind
        self.unit = unit
        self.default_size = default_size
        self.signed = signed
        self.little = little


_UTF: Final = ("utf8", "utf16", "utf32")
_FIELDS: Final = {
    **dict.fromkeys(("integer", "float", "binary", "bytes", "bitstring", "bits", *_UTF), "type"),
    "signed": "sign",
    "unsigned": "sign",
    "big": "endianness",
    "little": "endianness",
    "native": "endianness",
}
_SAME: Final = {"bytes": "binary", "bits": "bitstring", "native": "little"}
_DEFAULTS: Final[dict[str, tuple[int, int | None]]] = {
    "integer": (1, 8),
    "float": (1, 64),
    "binary": (8, None),
    "bitstring": (1, None),
    "utf8": (0, None),
    "utf16": (0, None),
    "utf32": (0, None),
}


def make_spec(types: list[tuple[str, int | None]], *, sized: bool) -> Spec:
    """The spec of ``Value:Size/Types``. Raises ``BadSegment``."""
    from erts_emu.terms.atoms import Atom

    found: dict[str, str] = {}
    unit: int | None = None
    for name, number in types:
        if name == "unit" and number is not None:
            if not 1 <= number <= 256:
                raise BadSegment((Atom("undefined_bittype"), (Atom("unit"), number)))
            if unit not in (None, number):
                raise BadSegment((Atom("bittype_mismatch"), number, unit, [*b"unit"]))
            unit = number
            continue
        field = _FIELDS.get(name)
        if number is not None:
            raise BadSegment((Atom("undefined_bittype"), (Atom(name), number)))
        if field is None:
            raise BadSegment((Atom("undefined_bittype"), Atom(name)))
        value = _SAME.get(name, name) if field == "type" else name
        if found.setdefault(field, value) != value:
            raise BadSegment((Atom("bittype_mismatch"), Atom(value), Atom(found[field]), [*field.encode()]))
    kind = found.get("type", "integer")
    if kind in _UTF and (sized or unit is not None):
        raise BadSegment(Atom("utf_bittype_size_or_unit"))
    if unit is not None and not sized and kind not in ("binary", "bitstring"):
        raise BadSegment(Atom("bittype_unit"))
    default_unit, default_size = _DEFAULTS[kind]
    little = _SAME.get(found.get("endianness", "big"), found.get("endianness", "big")) == "little"
    return Spec(
        kind,
        default_unit if unit is None else unit,
        default_size,
        signed=found.get("sign") == "signed",
        little=little,
    )


# --- numbers of bits ---


def _reversed_bytes(value: int, size: int) -> int:
    """Swap between big and little endian: the incomplete byte, if there is one, is the last in little endian."""
    whole, rest = divmod(size, 8)
    low = value & ((1 << (8 * whole)) - 1)
    swapped = int.from_bytes(low.to_bytes(whole, "little"), "big")
    return (swapped << rest) | (value >> (8 * whole))


def _from_little(value: int, size: int) -> int:
    whole, rest = divmod(size, 8)
    low = int.from_bytes((value >> rest).to_bytes(whole, "big"), "little")
    return ((value & ((1 << rest) - 1)) << (8 * whole)) | low


_FLOATS: Final = {16: ("e", 2), 32: ("f", 4), 64: ("d", 8)}


# --- making ---


@final
class Writer:
    """Collects bits: whole bytes, and up to seven bits more."""

    __slots__ = ("_bits", "_done", "_value")

    def __init__(self) -> None:
        self._done = bytearray()
        self._value = 0
        self._bits = 0

    def put(self, value: int, size: int) -> None:
        """Append the lowest *size* bits of a number that has no more."""
        total = self._bits + size
        value |= self._value << size
        rest = total & 7
        whole = total >> 3
        if whole:
            self._done += (value >> rest).to_bytes(whole, "big")
            value &= (1 << rest) - 1
        self._value = value
        self._bits = rest

    def put_bytes(self, data: bytes) -> None:
        """Append whole bytes."""
        if self._bits:
            self.put(int.from_bytes(data, "big"), 8 * len(data))
        else:
            self._done += data

    def put_bitstring(self, term: bytes | Bitstring) -> None:
        """Append a bitstring."""
        if isinstance(term, bytes):
            self.put_bytes(term)
        else:
            self.put_bytes(term.data[:-1])
            self.put(term.data[-1] >> (8 - term.bits), term.bits)

    def result(self) -> bytes | Bitstring:
        """What has been collected."""
        if not self._bits:
            return bytes(self._done)
        return Bitstring(bytes(self._done) + bytes((self._value << (8 - self._bits),)), self._bits)


def build(*segments: tuple[Any, Any, Spec]) -> bytes | Bitstring:
    """``<<Value:Size/Spec, …>>``; a size of None is the default."""
    writer = Writer()
    position, former = 0, None
    try:
        for value, size, spec in segments:
            if spec is not former:  # the characters of a string have one in common
                position, former = position + 1, spec
            _WRITERS[spec.kind](writer, value, size, spec)
    except Raised as error:
        from erts_emu.shell.segments import bad_segment

        error.inner = bad_segment(position, value, size, spec)
        raise
    return writer.result()


def one_part(term: Any) -> bytes | Bitstring:
    """What a comprehension may add to a bitstring, or ``badarg``."""
    if not isinstance(term, bytes) and type(term) is not Bitstring:
        raise badarg()
    return term


def join(parts: list[Any]) -> bytes | Bitstring:
    """The bitstrings that a comprehension has made, as one."""
    if all(isinstance(part, bytes) for part in parts):
        return b"".join(parts)
    writer = Writer()
    for part in parts:
        writer.put_bitstring(part)
    return writer.result()


def _size(size: Any, spec: Spec) -> int:
    if size is None:
        size = spec.default_size
    if type(size) is not int or size < 0:
        raise badarg()
    return size * spec.unit


def _put_integer(writer: Writer, value: Any, size: Any, spec: Spec) -> None:
    bits = _size(size, spec)
    if type(value) is not int:
        raise badarg()
    value &= (1 << bits) - 1
    writer.put(_reversed_bytes(value, bits) if spec.little and bits > 8 else value, bits)


def _put_float(writer: Writer, value: Any, size: Any, spec: Spec) -> None:
    code = _FLOATS.get(_size(size, spec))
    if code is None or type(value) not in (int, float):
        raise badarg()
    try:
        writer.put_bytes(struct.pack(("<" if spec.little else ">") + code[0], value))
    except (OverflowError, struct.error):
        raise badarg() from None


def _put_bits(writer: Writer, value: Any, size: Any, spec: Spec) -> None:
    if not isinstance(value, bytes) and type(value) is not Bitstring:
        raise badarg()
    have = 8 * len(value) if isinstance(value, bytes) else value.bit_size
    if size is None:
        if have % spec.unit:
            raise badarg()
        writer.put_bitstring(value)
        return
    wanted = _size(size, spec)
    if wanted > have:
        raise badarg()
    writer.put_bitstring(Reader(value).take(wanted))


def _put_character(writer: Writer, value: Any, size: Any, spec: Spec) -> None:
    if type(value) is not int or not 0 <= value <= 0x10FFFF or 0xD800 <= value < 0xE000:
        raise badarg()
    writer.put_bytes(chr(value).encode(_codec(spec)))


def _codec(spec: Spec) -> str:
    if spec.kind == "utf8":
        return "utf-8"
    return f"{spec.kind.replace('utf', 'utf-')}-{'le' if spec.little else 'be'}"


_WRITERS: Final = {
    "integer": _put_integer,
    "float": _put_float,
    "binary": _put_bits,
    "bitstring": _put_bits,
    "utf8": _put_character,
    "utf16": _put_character,
    "utf32": _put_character,
}

# --- taking apart ---


def reader(term: Any) -> Reader | None:
    """A reader of *term*, or None if it is no bitstring."""
    return Reader(term) if isinstance(term, bytes) or type(term) is Bitstring else None


@final
class Reader:
    """Reads the segments of a bitstring from the left. What does not match is ``MISS``."""

    __slots__ = ("at", "data", "size")

    def __init__(self, term: bytes | Bitstring) -> None:
        if isinstance(term, bytes):
            self.data = term
            self.size = 8 * len(term)
        else:
            self.data = term.data
            self.size = term.bit_size
        self.at = 0

    def at_end(self) -> bool:
        """Whether all bits have been read."""
        return self.at == self.size

    def take(self, size: int) -> bytes | Bitstring:
        """The next *size* bits, which must be there."""
        start, end = self.at, self.at + size
        self.at = end
        if not start & 7:
            data = part_of(self.data, start >> 3, (end + 7) >> 3)
            return bitstring(data, size & 7 or 8)
        writer = Writer()
        writer.put(self._number(start, end), size)
        return writer.result()

    def _number(self, start: int, end: int) -> int:
        first, last = start >> 3, (end + 7) >> 3
        whole = int.from_bytes(self.data[first:last], "big") >> (8 * last - end)
        return whole & ((1 << (end - start)) - 1)

    def _bits(self, size: Any, spec: Spec) -> int:
        """The number of bits of a segment, or -1 if it cannot match."""
        if size is None:
            size = spec.default_size
        if type(size) is not int or size < 0:
            return -1
        bits = size * spec.unit
        return bits if self.at + bits <= self.size else -1

    def integer(self, size: Any, spec: Spec) -> Any:
        """An integer segment."""
        bits = self._bits(size, spec)
        if bits < 0:
            return MISS
        start = self.at
        self.at = end = start + bits
        if bits == 8 and not start & 7:
            value = self.data[start >> 3]
        else:
            value = self._number(start, end)
            if spec.little and bits > 8:
                value = _from_little(value, bits)
        if spec.signed and bits and value >> (bits - 1):
            value -= 1 << bits
        return value

    def float(self, size: Any, spec: Spec) -> Any:
        """A float segment; what stands for no finite number does not match."""
        bits = self._bits(size, spec)
        code = _FLOATS.get(bits)
        if code is None:
            return MISS
        data = self._number(self.at, self.at + bits).to_bytes(code[1], "big")
        (value,) = struct.unpack(("<" if spec.little else ">") + code[0], data)
        if value - value != 0.0:
            return MISS
        self.at += bits
        return value

    def bits(self, size: Any, spec: Spec) -> Any:
        """A binary or bitstring segment; without a size, it is all that is left."""
        if size is None:
            bits = self.size - self.at
            return MISS if bits % spec.unit else self.take(bits)
        bits = self._bits(size, spec)
        return MISS if bits < 0 else self.take(bits)

    def character(self, _size: Any, spec: Spec) -> Any:
        """A Unicode character."""
        left = (self.size - self.at) >> 3
        whole = self.take_ahead(min(left, 4))
        codec = _codec(spec)
        unit = {"utf8": 1, "utf16": 2, "utf32": 4}[spec.kind]
        for count in range(unit, len(whole) + 1, unit):
            try:
                text = whole[:count].decode(codec)
            except UnicodeDecodeError:
                continue
            if len(text) == 1:
                self.at += 8 * count
                return ord(text)
            return MISS
        return MISS

    def take_ahead(self, count: int) -> bytes:
        """The next *count* bytes, which stay to be read."""
        return self._number(self.at, self.at + 8 * count).to_bytes(count, "big")


METHODS: Final = {
    "integer": "integer",
    "float": "float",
    "binary": "bits",
    "bitstring": "bits",
    "utf8": "character",
    "utf16": "character",
    "utf32": "character",
}
"""The method of a reader for each kind of segment."""
