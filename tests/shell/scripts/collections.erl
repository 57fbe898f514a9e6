%% Lists, maps, and the modules for them.
P = fun(T) -> io:format("~p~n", [T]) end.
L = [3, 1, 2, 1], P(lists:sort(L)), P(lists:usort(L)), P(lists:reverse(L)), P(lists:sort(fun(A, B) -> A >= B end, L)).
P([1, 2, 3] ++ [4]), P([1, 2, 3, 2] -- [2, 9]), P([X * Y || X <- [1, 2, 3], Y <- [10, 20], X * Y =/= 20]), P([a | b]), P([a, b | c]).
P(lists:zip([1, 2], [a, b])), P(lists:unzip([{1, a}, {2, b}])), P(lists:keyfind(b, 1, [{a, 1}, {b, 2}])), P(lists:keysort(2, [{a, 2}, {b, 1}])).
P(lists:foldl(fun(X, Acc) -> [X | Acc] end, [], [1, 2, 3])), P(lists:mapfoldl(fun(X, S) -> {X * 2, S + X} end, 0, [1, 2, 3])).
P(lists:partition(fun(X) -> X > 1 end, L)), P(lists:splitwith(fun(X) -> X > 2 end, L)), P(lists:takewhile(fun(X) -> X > 2 end, L)).
P(lists:flatten([1, [2, [3, []]]])), P(lists:nth(2, L)), P(lists:sublist(L, 2, 2)), P(lists:seq(10, 1, -3)), P(lists:duplicate(3, x)).
P(lists:all(fun erlang:is_integer/1, L)), P(lists:any(fun erlang:is_atom/1, L)), P(lists:filtermap(fun(X) -> X > 1 andalso {true, X * X} end, L)).
M = #{b => 2, a => 1, {t} => [x], 1 => one, 1.0 => float, "s" => <<"b">>}, P(M), P(M#{a := 9, z => 0}), P(maps:keys(M)), P(maps:size(M)).
P(maps:map(fun(_, V) -> {V} end, #{x => 1, y => 2})), P(maps:fold(fun(K, V, A) -> [{K, V} | A] end, [], #{x => 1, y => 2})).
P(maps:get(zz, M, default)), P(maps:find(a, M)), P(maps:merge(#{a => 1, b => 2}, #{b => 3})), P(maps:filter(fun(_, V) -> V > 1 end, #{a => 1, b => 2})).
P(maps:from_list([{a, 1}, {a, 2}])), P(maps:without([a], M)), P(maps:with([a, q], M)), P(maps:update_with(a, fun(V) -> V + 1 end, M)), P(maps:take(a, #{a => 1})).
P(maps:to_list(maps:from_keys([a, b], 0))), P(maps:groups_from_list(fun(X) -> X rem 2 end, [1, 2, 3, 4])), P(lists:sort(maps:values(#{a => 2, b => 1}))).
Q = lists:foldl(fun queue:in/2, queue:new(), [1, 2, 3]), P(queue:to_list(Q)), P(queue:out(Q)), P(queue:len(Q)), P(queue:peek_r(Q)).
P(ordsets:union([1, 3], [2, 3])), P(ordsets:from_list([c, a, b, a])), P(orddict:store(k, v, [])), P(orddict:fetch(k, [{k, v}])).
S = sets:from_list([1, 2, 3, 2]), P(lists:sort(sets:to_list(S))), P(sets:is_element(2, S)), P(sets:size(sets:union(S, sets:from_list([9])))).
P(proplists:get_value(a, [b, {a, 1}])), P(proplists:get_bool(b, [b, {a, 1}])), P(proplists:get_all_values(a, [{a, 1}, {a, 2}])), P(proplists:delete(a, [a, {a, 1}, b])).
P(lists:sort([b, 1, {}, [], #{}, <<>>, 2.0, "a", a, {1}, [1 | 2], fun lists:map/2])).
P([{A, B} || A <- lists:seq(1, 3), B <- lists:seq(A, 3)]).
rand:seed(exsss, {1, 2, 3}), P([rand:uniform(100) || _ <- lists:seq(1, 10)]), P(rand:uniform()).
