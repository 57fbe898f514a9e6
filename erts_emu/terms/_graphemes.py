"""How many characters a reader sees in a text, as ``string:length/1`` of OTP 25 counts them.

``erl`` measures text that goes beyond Latin-1 in these, and its line breaks depend on it: a letter and the
accents put on it count once, and so do a flag, a Korean syllable, and an emoji made of several.

The rules are those of Unicode's annex 29. Each character is mapped to the letter of its class,
and a pattern over those letters cuts the text. Characters younger than Unicode 14 are unknown to OTP 25.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import category

_RETURN, _NEW_LINE, _CONTROL, _EXTEND, _JOINER, _PREPEND, _FLAG, _PICTURE, _OTHER = "rncxzpfio"
_LEAD, _VOWEL, _TRAIL, _LEAD_VOWEL, _SYLLABLE = "LVTvt"

_CLUSTER: Final = re.compile(
    "rn|[rnc]"  # a line end, or a control character, which nothing joins
    "|p*(?:"
    "ff"  # two letters of a flag
    "|L*(?:V+|vV*|t)T*|L+|T+"  # a Korean syllable
    "|[fo]"
    ")[xz]*"
    "|p*i(?:x*zi)*x*z?"  # pictures, joined; here OTP lets no mark follow a joiner
    "|p+[xz]*|[xz]+"
)


def visible_length(text: str) -> int:
    """The number of grapheme clusters in *text*."""
    return sum(1 for _ in _CLUSTER.finditer("".join(map(_class, text))))


def clusters(text: str) -> list[str]:
    """The grapheme clusters of *text*."""
    return [text[found.start() : found.end()] for found in _CLUSTER.finditer("".join(map(_class, text)))]


def _class(character: str) -> str:
    code = ord(character)
    for name, codes in _SPECIAL:
        if code in codes:
            return name
    if 0xAC00 <= code < 0xD7A4:
        return _SYLLABLE if (code - 0xAC00) % 28 else _LEAD_VOWEL
    return _BY_CATEGORY.get(category(character), _OTHER)


_BY_CATEGORY: Final = {
    "Mn": _EXTEND,
    "Me": _EXTEND,
    "Mc": _EXTEND,  # spacing marks join as well
    "Cc": _CONTROL,
    "Cf": _CONTROL,
    "Zl": _CONTROL,
    "Zp": _CONTROL,
}


def _codes(ranges: str) -> frozenset[int]:
    """The members of hexadecimal ranges."""
    bounds = (part.partition("-") for part in ranges.split())
    return frozenset(code for low, _, high in bounds for code in range(int(low, 16), int(high or low, 16) + 1))


_SPECIAL: Final = (
    (_RETURN, _codes("D")),
    (_NEW_LINE, _codes("A")),
    (_JOINER, _codes("200D")),
    (_FLAG, _codes("1F1E6-1F1FF")),
    (_LEAD, _codes("1100-115F A960-A97C")),
    (_VOWEL, _codes("1160-11A7 D7B0-D7C6")),
    (_TRAIL, _codes("11A8-11FF D7CB-D7FB")),
    (_EXTEND, _codes("E33 EB3 200C FF9E-FF9F 1F3FB-1F3FF E0020-E007F")),
    (_PREPEND, _codes("600-605 6DD 70F 890-891 8E2 D4E 110BD 110CD 111C2-111C3 1193F 11941 11A3A 11A84-11A89 11D46")),
    (_CONTROL, _codes("2065 FFF0-FFF8 E0000 E0002-E001F E0080-E00FF E01F0-E0FFF")),
    (  # marks that stand for themselves
        _OTHER,
        _codes("102B-102C 1038 1062-1064 1067-106D 1083 1087-108C 108F 109A-109C 1A61 1A63-1A64 AA7B AA7D 11720-11721"),
    ),
    (
        _PICTURE,
        _codes(
            "A9 AE 203C 2049 2122 2139 2194-2199 21A9-21AA 231A-231B 2328 2388 23CF 23E9-23F3 23F8-23FA 24C2 "
            "25AA-25AB 25B6 25C0 25FB-25FE 2600-2605 2607-2612 2614-2685 2690-2705 2708-2712 2714 2716 271D "
            "2721 2728 2733-2734 2744 2747 274C 274E 2753-2755 2757 2763-2767 2795-2797 27A1 27B0 27BF "
            "2934-2935 2B05-2B07 2B1B-2B1C 2B50 2B55 3030 303D 3297 3299 1F000-1F0FF 1F10D-1F10F 1F12F "
            "1F16C-1F171 1F17E-1F17F 1F18E 1F191-1F19A 1F1AD-1F1E5 1F201-1F20F 1F21A 1F22F 1F232-1F23A "
            "1F23C-1F23F 1F249-1F3FA 1F400-1F53D 1F546-1F64F 1F680-1F6FF 1F774-1F77F 1F7D5-1F7FF 1F80C-1F80F "
            "1F848-1F84F 1F85A-1F85F 1F888-1F88F 1F8AE-1F8FF 1F90C-1F93A 1F93C-1F945 1F947-1FAFF 1FC00-1FFFD "
        ),
    ),
)
