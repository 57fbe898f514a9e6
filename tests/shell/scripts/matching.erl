%% Patterns everywhere.
{A, [B, C | D], #{k := E}} = {1, [2, 3, 4, 5], #{k => v, other => 1}}, io:format("~p~n", [{A, B, C, D, E}]).
"abc" ++ Rest = "abcdef", io:format("~s~n", [Rest]).
{X, X} = {1, 1}, io:format("~p~n", [X]).
try {Y, Y} = {1, 2} catch error:{badmatch, V} -> io:format("badmatch ~p~n", [V]) end.
Classify = fun(0) -> zero; (N) when is_integer(N), N > 0 -> positive; (N) when is_integer(N); is_float(N) -> other;
              ([]) -> nil; ([_]) -> one; ([_, _ | _]) -> many; (#{} = M) -> {map, map_size(M)};
              (<<>>) -> empty; (<<1, _/binary>>) -> one_first; (<<_/bits>>) -> bits; ({_, _} = P) -> {pair, P};
              (F) when is_function(F, 1) -> fun1; (T) -> {what, T} end.
[io:format("~p~n", [Classify(T)]) || T <- [0, 5, -5, 1.5, [], [a], [a, b], #{a => 1}, <<>>, <<1, 2>>, <<5:3>>, {a, b}, Classify, x]].
case {1, 2} of {P, Q} when P > Q -> io:format("gt~n"); {P, Q} -> io:format("not ~p > ~p~n", [P, Q]) end.
Grade = fun(S) -> if S >= 90 -> a; S >= 80 -> b; true -> c end end, io:format("~p~n", [[Grade(S) || S <- [95, 85, 5]]]).
[io:format("~p~n", [try F() catch K:R -> {K, R} end]) || F <- [
    fun() -> case 1 of 2 -> x end end,
    fun() -> if 1 > 2 -> x end end,
    fun() -> (fun(1) -> x end)(2) end,
    fun() -> (fun(_) -> x end)(1, 2, 3) end,
    fun() -> (1)(2) end,
    fun() -> nosuch:f(1) end,
    fun() -> lists:nosuch() end,
    fun() -> [1 | 2] = [1, 2] end,
    fun() -> #{a := 1} = #{} end,
    fun() -> #{}#{a := 1} end,
    fun() -> 1#{a => 1} end,
    fun() -> try 1 of 2 -> x catch _:_ -> y end end,
    fun() -> 1 andalso true end,
    fun() -> throw(ball) end,
    fun() -> exit(why) end,
    fun() -> error({my, error}) end,
    fun() -> [Z || Z <- foo] end,
    fun() -> receive after foo -> ok end end,
    fun() -> <<"abc":2000000000000000000000/binary>> end,
    fun() -> <<a>> end]].
Log = fun(T) -> io:format("~p ", [T]) end.
try Log(body), throw(x) catch throw:x -> Log(caught) after Log(after_), io:nl() end.
try Log(body) of ok -> Log(of_) after Log(after_), io:nl() end.
io:format("~p~n", [catch throw(thrown)]).
io:format("~p~n", [catch exit(exited)]).
{'EXIT', {Reason, [_ | _]}} = (catch error(failed)), io:format("~p~n", [Reason]).
Nested = (catch try error(inner) catch error:inner -> error(outer) end), io:format("~p~n", [element(1, element(2, Nested))]).
io:format("~p~n", [try error(a, [1, 2]) catch error:Er -> Er end]).
io:format("~p~n", [try foo:bar(1, 2) catch error:undef:St1 -> hd(St1) end]).
io:format("~p~n", [try atom_to_list(1) catch error:badarg:St2 -> St2 end]).
