%% Strings and atoms.
P = fun(T) -> io:format("~p~n", [T]) end.
P("a" "b" "c"), P("tab\tnl\n\"quoted\" \\ \x41\101\e\s"), P([$a, $\s, $\\, $\"]), P('an atom').
P(string:length("héllo")), P(string:uppercase("abc")), P(string:trim("  x  ")), P(string:split("a-b-c", "-")), P(string:split("a-b-c", "-", all)).
P(string:tokens("a b  c", " ")), P(string:lexemes("a,b;c", ",;")), P(string:replace("aXbXc", "X", "-", all)), P(string:find("hello", "ll")).
P(string:prefix("hello", "he")), P(string:slice("hello", 1, 3)), P(string:reverse("abc")), P(string:pad("ab", 4, leading)), P(string:to_integer("12abc")).
P(string:to_float("1.5e3x")), P(string:chr("hello", $l)), P(string:str("hello", "lo")), P(string:substr("hello", 2, 3)), P(string:strip("  x ")).
P(string:centre("x", 5)), P(string:left("abc", 5, $.)), P(string:right("abc", 5)), P(string:copies("ab", 3)), P(string:join(["a", "b"], "/")).
P(string:equal("a", <<"a">>)), P(string:is_empty("")), P(string:titlecase("word")), P(string:trim(<<"  b ">>, leading)), P(string:split(<<"k=v">>, "=")).
P(atom_to_list(abc)), P(list_to_atom("x y")), P(binary_to_atom(<<"q">>)), P(atom_to_binary('é')), P(list_to_binary(["a", <<"b">>])).
P(unicode:characters_to_binary("é€")), P(unicode:characters_to_list(<<"é"/utf8>>)), P(unicode:characters_to_list(<<255>>)).
P(lists:concat([a, 1, "b", 2.5])), P(integer_to_list(42)), P(list_to_integer("42")), P(io_lib:printable_list("ok")), P(io_lib:printable_list([1])).
P(filename:join(["a", "b", "/c", "d"])), P(filename:basename("/x/y.erl")), P(filename:extension("a.b.c")), P(filename:dirname("/x/y")), P(filename:rootname("a.erl")), P(filename:split("/a/b")).
P(filename:basename("y.erl", ".erl")), P(filename:absname("/a")), P(filename:join("a/", "b")).
P(re_not_here) =:= x orelse P(string:words("a b c")).
P([try F() catch error:E -> E end || F <- [fun() -> atom_to_list("x") end, fun() -> list_to_integer("x") end, fun() -> list_to_atom(lists:duplicate(300, $a)) end, fun() -> binary_to_atom(<<255>>) end, fun() -> list_to_float("1") end]]).
