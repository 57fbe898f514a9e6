"""Where library functions stand in the sources of OTP 25.2.3: the lines that stack traces name."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.shell.frames import location
from erts_emu.terms.atoms import Atom

_CALLS: Final[dict[str, tuple[str, int, int]]] = {
    "lists:all/2": ("all", 2, 1268),
    "lists:any/2": ("any", 2, 1291),
    "lists:dropwhile/2": ("dropwhile_1", 2, 1516),
    "lists:filter/2": ("-filter/2-lc$^0/1-0-", 2, 1383),
    "lists:filtermap/2": ("filtermap_1", 2, 1417),
    "lists:flatmap/2": ("flatmap_1", 2, 1335),
    "lists:foldl/3": ("foldl", 3, 1350),
    "lists:foldr/3": ("foldr_1", 3, 1372),
    "lists:foreach/2": ("foreach_1", 2, 1442),
    "lists:map/2": ("map", 2, 1315),
    "lists:mapfoldl/3": ("mapfoldl_1", 3, 1462),
    "lists:mapfoldr/3": ("mapfoldr_1", 3, 1484),
    "lists:merge/3": ("fmerge2_1", 5, 2772),
    "lists:partition/2": ("partition_1", 4, 1399),
    "lists:search/2": ("search_1", 2, 1532),
    "lists:sort/2": ("sort", 2, 1022),
    "lists:splitwith/2": ("splitwith_1", 3, 1550),
    "lists:takewhile/2": ("takewhile_1", 2, 1499),
    "lists:umerge/3": ("ufmerge2_2", 5, 2936),
    "lists:uniq/2": ("uniq_2", 3, 3010),
    "lists:usort/2": ("usort_1", 3, 1065),
    "lists:zf/2": ("filtermap_1", 2, 1417),
    "lists:zipwith/3": ("zipwith", 3, 483),
    "lists:zipwith3/4": ("zipwith3", 4, 501),
    "maps:filter/2": ("filter_1", 2, 319),
    "maps:filtermap/2": ("filtermap_1", 2, 351),
    "maps:foreach/2": ("foreach_1", 2, 381),
    "maps:groups_from_list/2": ("groups_from_list_1", 3, 522),
    "maps:map/2": ("map_1", 2, 439),
    "orddict:fold/3": ("fold", 3, 210),
    "queue:filter/2": ("filter_f", 2, 374),
    "sets:fold/3": ("fold_1", 3, 437),
    "timer:tc/1": ("tc", 1, 235),
    "timer:tc/2": ("tc", 2, 250),
}
_CLAUSES: Final[dict[str, int]] = {
    "erl_internal:bif/3": 235,
    "filelib:file_size/2": 126,
    "filelib:is_dir/2": 76,
    "filelib:is_file/2": 85,
    "filelib:is_regular/2": 94,
    "filelib:last_modified/2": 117,
    "filelib:wildcard/1": 54,
    "filelib:wildcard/2": 60,
    "filename:join/1": 439,
    "filename:join/2": 453,
    "filename:pathtype/1": 578,
    "io_lib:write_char/1": 624,
    "lists:all/2": 1265,
    "lists:any/2": 1288,
    "lists:append/1": 154,
    "lists:delete/2": 404,
    "lists:droplast/1": 246,
    "lists:dropwhile/2": 1512,
    "lists:duplicate/2": 331,
    "lists:enumerate/1": 993,
    "lists:enumerate/2": 1001,
    "lists:filter/2": 1382,
    "lists:filtermap/2": 1413,
    "lists:flatlength/1": 675,
    "lists:flatmap/2": 1331,
    "lists:flatten/1": 648,
    "lists:flatten/2": 656,
    "lists:foldl/3": 1348,
    "lists:foldr/3": 1368,
    "lists:foreach/2": 1438,
    "lists:join/2": 1586,
    "lists:keydelete/3": 719,
    "lists:keymap/3": 983,
    "lists:keymerge/3": 848,
    "lists:keyreplace/4": 735,
    "lists:keysort/2": 784,
    "lists:keystore/4": 768,
    "lists:keytake/3": 751,
    "lists:last/1": 256,
    "lists:map/2": 1313,
    "lists:mapfoldl/3": 1458,
    "lists:mapfoldr/3": 1479,
    "lists:max/1": 356,
    "lists:merge/2": 607,
    "lists:merge/3": 1037,
    "lists:merge3/3": 578,
    "lists:min/1": 343,
    "lists:nth/2": 198,
    "lists:nthtail/2": 208,
    "lists:partition/2": 1395,
    "lists:prefix/2": 220,
    "lists:reverse/1": 175,
    "lists:search/2": 1528,
    "lists:seq/2": 271,
    "lists:sort/1": 512,
    "lists:sort/2": 1017,
    "lists:splitwith/2": 1546,
    "lists:sublist/2": 385,
    "lists:sublist/3": 372,
    "lists:sum/1": 319,
    "lists:takewhile/2": 1495,
    "lists:ukeymerge/3": 951,
    "lists:ukeysort/2": 879,
    "lists:umerge/2": 1217,
    "lists:umerge/3": 1090,
    "lists:umerge3/3": 1187,
    "lists:uniq/2": 3006,
    "lists:unzip/1": 434,
    "lists:unzip3/1": 466,
    "lists:usort/1": 1112,
    "lists:usort/2": 1057,
    "lists:zip/2": 419,
    "lists:zip3/3": 449,
    "lists:zipwith/3": 483,
    "lists:zipwith3/4": 500,
    "orddict:append/3": 142,
    "orddict:append_list/3": 155,
    "orddict:erase/2": 103,
    "orddict:fetch/2": 80,
    "orddict:fetch_keys/1": 95,
    "orddict:filter/2": 227,
    "orddict:find/2": 86,
    "orddict:fold/3": 209,
    "orddict:is_empty/1": 74,
    "orddict:is_key/2": 46,
    "orddict:map/2": 218,
    "orddict:merge/3": 240,
    "orddict:store/3": 130,
    "orddict:update/3": 169,
    "orddict:update/4": 180,
    "orddict:update_counter/3": 193,
    "ordsets:add_element/2": 111,
    "ordsets:del_element/2": 124,
    "ordsets:intersection/1": 164,
    "ordsets:intersection/2": 164,
    "ordsets:is_disjoint/2": 197,
    "ordsets:is_element/2": 96,
    "ordsets:is_set/1": 50,
    "ordsets:is_subset/2": 234,
    "ordsets:subtract/2": 217,
    "ordsets:union/2": 137,
    "proplists:append_values/2": 274,
    "proplists:delete/2": 357,
    "proplists:expand/2": 502,
    "proplists:get_all_values/2": 244,
    "proplists:get_bool/2": 307,
    "proplists:get_keys/1": 336,
    "proplists:get_value/2": 216,
    "proplists:get_value/3": 216,
    "proplists:is_defined/2": 178,
    "proplists:lookup/2": 134,
    "proplists:lookup_all/2": 156,
    "proplists:split/2": 650,
    "proplists:unfold/1": 96,
    "rand:bytes_s/2": 571,
    "rand:export_seed_s/1": 251,
    "rand:uniform_s/1": 328,
    "rand:uniform_s/2": 346,
    "sets:add_element/2": 178,
    "sets:del_element/2": 196,
    "sets:filter/2": 448,
    "sets:fold/3": 429,
    "sets:intersection/1": 309,
    "sets:is_element/2": 163,
    "sets:is_empty/1": 146,
    "sets:size/1": 139,
    "sets:to_list/1": 154,
    "sets:union/1": 244,
    "string:centre/2": 2154,
    "string:centre/3": 2162,
    "string:chars/2": 1982,
    "string:chars/3": 1982,
    "string:chr/2": 1799,
    "string:copies/2": 1996,
    "string:cspan/2": 1880,
    "string:equal/3": 152,
    "string:equal/4": 164,
    "string:find/3": 530,
    "string:join/2": 2241,
    "string:left/2": 2104,
    "string:left/3": 2112,
    "string:lexemes/2": 502,
    "string:nth_lexeme/3": 513,
    "string:pad/2": 231,
    "string:pad/3": 231,
    "string:pad/4": 231,
    "string:rchr/2": 1810,
    "string:right/2": 2129,
    "string:right/3": 2137,
    "string:rstr/2": 1846,
    "string:slice/2": 184,
    "string:slice/3": 195,
    "string:span/2": 1866,
    "string:str/2": 1829,
    "string:strip/2": 2066,
    "string:strip/3": 2077,
    "string:sub_word/2": 2039,
    "string:sub_word/3": 2039,
    "string:substr/2": 1898,
    "string:substr/3": 1909,
    "string:take/3": 304,
    "string:take/4": 304,
    "string:titlecase/1": 360,
    "string:to_lower/1": 2219,
    "string:to_upper/1": 2231,
    "string:trim/2": 263,
    "string:trim/3": 263,
    "string:words/2": 2017,
    "unicode:bom_to_encoding/1": 175,
}


_BUILT_IN: Final = frozenset(
    """
    binary:at/2 binary:copy/1 binary:copy/2 binary:decode_unsigned/1 binary:decode_unsigned/2 binary:encode_unsigned/1
    binary:encode_unsigned/2 binary:first/1 binary:last/1 binary:list_to_bin/1 binary:longest_common_prefix/1
    binary:longest_common_suffix/1 binary:match/2 binary:match/3 binary:matches/2 binary:matches/3 binary:part/2
    binary:part/3 binary:split/2 binary:split/3 lists:keyfind/3 lists:keymember/3 lists:keysearch/3 lists:member/2
    lists:reverse/2 maps:find/2 maps:from_keys/2 maps:from_list/1 maps:get/2 maps:is_key/2 maps:keys/1 maps:merge/2
    maps:put/3 maps:remove/2 maps:take/2 maps:update/3 maps:values/1 math:acos/1 math:acosh/1 math:asin/1 math:asinh/1
    math:atan/1 math:atan2/2 math:atanh/1 math:ceil/1 math:cos/1 math:cosh/1 math:erf/1 math:erfc/1 math:exp/1
    math:floor/1 math:fmod/2 math:log/1 math:log10/1 math:log2/1 math:pow/2 math:sin/1 math:sinh/1 math:sqrt/1
    math:tan/1 math:tanh/1 os:getenv/1 os:putenv/2 os:unsetenv/1 unicode:characters_to_binary/2
    unicode:characters_to_list/2
    """.split()
)
"""The functions outside of ``erlang`` that the emulator itself has: their frames have no line."""
_RAISED_AT: Final = {
    "binary:bin_to_list/1": 497, "binary:bin_to_list/2": 494, "binary:bin_to_list/3": 494, "binary:encode_hex/1": 494,
    "binary:decode_hex/1": 494, "binary:replace/3": 497, "binary:replace/4": 494, "lists:seq/3": 299,
    "os:getenv/2": 446, "unicode:characters_to_binary/1": 895, "unicode:characters_to_binary/3": 895,
    "unicode:characters_to_list/1": 895,
    **{
        f"maps:{name}": 578
        for name in (
            "filter/2", "filtermap/2", "fold/3", "foreach/2", "groups_from_list/2", "groups_from_list/3", "map/2",
            "next/1", "get/3", "intersect/2", "intersect_with/3", "merge_with/3", "size/1", "to_list/1",
            "update_with/3", "update_with/4",
        )
    },
    "maps:with/2": 578 + 3, "maps:without/2": 578 + 3,
    **{
        f"unicode:characters_to_{form}_{kind}/1": 892
        for form in ("nfc", "nfd", "nfkc", "nfkd") for kind in ("list", "binary")
    },
}  # fmt: skip
"""Where the others raise an exception that is explained; maps raise ``badmap`` at a line of its own."""
_BADMAP_LINE: Final = 581
_UPDATE_WITH_BADKEY: Final = 265


def explained_location(module: str, name: str, arity: int, reason: Any) -> list[Any]:
    """Where a function raises an exception that is explained, and which module of ``erl`` explains it."""
    function = f"{module}:{name}/{arity}"
    kind = reason[0].name if type(reason) is tuple and reason and type(reason[0]) is Atom else ""
    if function == "maps:update_with/3" and kind == "badkey":
        return location(module, _UPDATE_WITH_BADKEY)
    line = 0 if function in _BUILT_IN else _BADMAP_LINE if kind == "badmap" else _RAISED_AT.get(function, 0)
    if function not in _BUILT_IN and (function not in _RAISED_AT or kind not in ("", "badmap")):
        return []
    explainer = Atom("erl_kernel_errors" if module == "os" else "erl_stdlib_errors")
    return [*location(module, line), (Atom("error_info"), {Atom("module"): explainer})]


def calling_frame(module: str, name: str, arity: int) -> tuple[Any, ...]:
    """The frame of a function that is calling a fun: of itself, or of the one in which it loops."""
    inner, inner_arity, line = _CALLS.get(f"{module}:{name}/{arity}", (name, arity, 0))
    return (Atom(module), Atom(inner), inner_arity, location(module, line))


def clause_line(module: str, name: str, arity: int) -> int:
    """The line of a function of which no clause matches; 0 if it is not known."""
    return _CLAUSES.get(f"{module}:{name}/{arity}", 0)
