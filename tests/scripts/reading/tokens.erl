%% Tokens of texts, and terms of tokens.
P = fun(F) -> io:format("~0p~n", [try F() catch C:R -> {C, R} end]) end.
[P(fun() -> erl_scan:string(S) end) || S <- ["foo.", "X = 1 + 2.5, \"str\" $a.", "{a,[1|B]}. ", "", "fun m:f/1 end =:= ->", "'quoted atom' \"a\\nb\" 16#ff 1e3", "% comment\nfoo\nbar.", "\"unterminated", "'x", "foo. bar.", "a.b", "#{a=>1}", "<<1:8>>", "?M #r.x", "$\\n", "1.", "_ _X Ab", "\x{3b1}", [1,a], foo, "case x of y -> z end", "andalso maybe", "..", "a...b", "1..2", ":: := ++ -- || && ! <- <=", "\"a\" \"b\"", "1_000", "a@b"]].
[P(fun() -> erl_scan:string(S, 5) end) || S <- ["foo.\nbar", "\"x"]].
[P(fun() -> {ok, T, _} = erl_scan:string(S), erl_parse:parse_term(T) end) || S <- ["foo.", "{a, [1, 2 | x], \"s\", <<\"b\">>, #{k => v}, 1.5, -3, $a}.", "foo", "X.", "1 + 2.", "f(x).", "{a.", "a b.", "fun m:f/1.", "\"a\" \"b\".", "{}.", "[].", "<<1:3>>.", "- 1.", "+ 1.", "."]].
