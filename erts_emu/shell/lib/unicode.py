"""The module ``unicode``: characters and their encodings."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.shell.lib._arguments import chars, refuse
from erts_emu.shell.native import Library
from erts_emu.shell.values import ERROR, badarg
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ImproperList

LIBRARY: Final = Library("unicode")
_INCOMPLETE: Final = Atom("incomplete")
_UNICODE: Final = Atom("unicode")


class BadCharacters(ValueError):
    """Something is no character data. What came before it, what is left of it, and whether it may go on."""

    def __init__(self, before: str, rest: Any, *, incomplete: bool, is_badarg: bool = False) -> None:
        super().__init__("not characters")
        self.before = before
        self.rest = rest
        self.incomplete = incomplete
        self.is_badarg = is_badarg


_CODECS: Final = {
    "latin1": "latin-1",
    "unicode": "utf-8",
    "utf8": "utf-8",
    "utf16": "utf-16-be",
    "utf32": "utf-32-be",
}
_LITTLE: Final = Atom("little")
_BIG: Final = Atom("big")


def codec_of(encoding: Any) -> str:
    """Python's name of an encoding. Raises ``badarg``."""
    if type(encoding) is tuple and len(encoding) == 2 and encoding[0] in (Atom("utf16"), Atom("utf32")):
        if encoding[1] is not _LITTLE and encoding[1] is not _BIG:
            raise badarg()
        return f"{encoding[0].name.replace('utf', 'utf-')}-{'le' if encoding[1] is _LITTLE else 'be'}"
    if type(encoding) is not Atom or encoding.name not in _CODECS:
        raise badarg()
    return _CODECS[encoding.name]


_INCOMPLETE_REASONS: Final = ("end of data", "truncated data")


def decode(data: Any, codec: str = "utf-8") -> str:
    """The characters of deep character data, whose binaries are encoded in *codec*. Raises ``BadCharacters``."""
    out: list[str] = []
    pending: list[Any] = [data]
    if not isinstance(data, list | bytes | ImproperList):
        raise BadCharacters("", data, incomplete=False, is_badarg=True)
    while pending:
        part = pending.pop()
        if type(part) is list:
            pending += reversed(part)
        elif type(part) is ImproperList:
            if not isinstance(part.tail, bytes):
                raise BadCharacters("".join(out), part, incomplete=False, is_badarg=True)
            pending += (part.tail, *reversed(part.elements))
        elif type(part) is int:
            if not 0 <= part <= 0x10FFFF or 0xD800 <= part < 0xE000 or (codec == "latin-1" and part > 255):
                raise BadCharacters("".join(out), [part, *reversed(pending)], incomplete=False)
            out.append(chr(part))
        elif isinstance(part, bytes):
            try:
                out.append(part.decode(codec))
            except UnicodeDecodeError as error:
                out.append(part[: error.start].decode(codec))
                rest: Any = part[error.start :]
                incomplete = any(word in error.reason for word in _INCOMPLETE_REASONS) and not any(pending)
                incomplete = incomplete and not (codec.startswith("utf-32-be") and rest[:1] > b"\0")
                left = [rest, *reversed(pending)] if pending else rest
                raise BadCharacters("".join(out), left, incomplete=incomplete) from None
        else:
            raise BadCharacters("".join(out), part, incomplete=False, is_badarg=True)
    return "".join(out)


@LIBRARY.plain("characters_to_list", 1, 2)
def _characters_to_list(data: Any, encoding: Any = _UNICODE) -> Any:
    try:
        return chars(decode(data, codec_of(encoding)))
    except BadCharacters as error:
        if error.is_badarg:
            raise badarg() from None
        return (_INCOMPLETE if error.incomplete else ERROR, chars(error.before), error.rest)


@LIBRARY.plain("characters_to_binary", 1, 2, 3)
def _characters_to_binary(data: Any, encoding: Any = _UNICODE, target: Any = _UNICODE) -> Any:
    codec = codec_of(target)
    try:
        text = decode(data, codec_of(encoding))
    except BadCharacters as error:
        if error.is_badarg:
            raise badarg() from None
        return (_INCOMPLETE if error.incomplete else ERROR, error.before.encode(codec), error.rest)
    try:
        return text.encode(codec)
    except UnicodeEncodeError as problem:
        return (ERROR, text[: problem.start].encode(codec), chars(text[problem.start :]))


def _register_normalisation(name: str, form: str, *, binary: bool) -> None:
    def normalise(data: Any) -> Any:
        from unicodedata import normalize

        try:
            text = normalize(form, decode(data))  # type: ignore[arg-type]
        except BadCharacters as error:
            if error.is_badarg:
                raise badarg() from None
            before = normalize(form, error.before)  # type: ignore[arg-type]
            return (ERROR, before.encode() if binary else chars(before), error.rest)
        return text.encode() if binary else chars(text)

    LIBRARY.plain(name, 1)(normalise)


for _form in ("NFC", "NFD", "NFKC", "NFKD"):
    _register_normalisation(f"characters_to_{_form.lower()}_list", _form, binary=False)
    _register_normalisation(f"characters_to_{_form.lower()}_binary", _form, binary=True)


_MARKS: Final = (
    (b"\xef\xbb\xbf", Atom("utf8")),
    (b"\0\0\xfe\xff", (Atom("utf32"), _BIG)),
    (b"\xff\xfe\0\0", (Atom("utf32"), _LITTLE)),
    (b"\xfe\xff", (Atom("utf16"), _BIG)),
    (b"\xff\xfe", (Atom("utf16"), _LITTLE)),
)
_SHORT: Final = {"unicode": Atom("utf8"), "utf16": (Atom("utf16"), _BIG), "utf32": (Atom("utf32"), _BIG)}


@LIBRARY.plain("bom_to_encoding")
def _bom_to_encoding(data: Any) -> Any:
    if not isinstance(data, bytes):
        refuse()
    return next(((encoding, len(mark)) for mark, encoding in _MARKS if data.startswith(mark)), (Atom("latin1"), 0))


@LIBRARY.plain("encoding_to_bom")
def _encoding_to_bom(encoding: Any) -> bytes:
    if encoding is Atom("latin1"):
        return b""
    wanted = _SHORT.get(encoding.name, encoding) if type(encoding) is Atom else encoding
    found = next((mark for mark, known in _MARKS if known == wanted), None)
    return refuse() if found is None else found
