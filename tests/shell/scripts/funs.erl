%% Funs, closures, recursion, comprehensions as values.
P = fun(T) -> io:format("~p~n", [T]) end.
Add = fun(A) -> fun(B) -> A + B end end, P((Add(1))(2)).
Fib = fun F(0) -> 0; F(1) -> 1; F(N) -> F(N - 1) + F(N - 2) end, P([Fib(N) || N <- lists:seq(0, 15)]).
Count = fun Loop(0, Acc) -> Acc; Loop(N, Acc) -> Loop(N - 1, Acc + 1) end, P(Count(100000, 0)).
Deep = fun D(0) -> []; D(N) -> [N | D(N - 1)] end, P(length(Deep(5000))).
Even = fun Ev(0) -> true; Ev(N) -> not Ev(N - 1) end, P(Even(1001)).
Compose = fun(Fs) -> lists:foldl(fun(F, G) -> fun(X) -> F(G(X)) end end, fun(X) -> X end, Fs) end.
P((Compose([fun(X) -> X + 1 end, fun(X) -> X * 2 end]))(5)).
P([F() || F <- [fun() -> {N, X} end || N <- [1, 2], X <- [a, b]]]).
X = 1, P((fun(X) -> X end)(2)), P([X || X <- [5]]), P(X).
Y = 2, P(case 2 of Y -> bound; _ -> free end), P([Z || {Y, Z} <- [{1, a}, {2, b}, {2, c}]] ).
P(lists:map(fun erlang:abs/1, [-1, 2])), P(lists:map(fun lists:reverse/1, ["ab", "cd"])).
G = fun(0) -> zero; (N) when N < 0 -> negative; (_) -> positive end, P([G(N) || N <- [0, -1, 1]]).
P(is_function(G)), P(is_function(G, 1)), P(is_function(G, 2)), P(erlang:fun_info(fun lists:map/2, arity)).
H = fun lists:append/2, P(H([1], [2])), Mod = lists, Fn = sum, P(Mod:Fn([1, 2, 3])), P((fun Mod:Fn/1)([4])).
P(try (fun(A, A) -> same end)(1, 2) catch error:E -> E end), P((fun(A, A) -> same end)(1, 1)).
B = begin C = 5, C * 2 end, P({B, C}).
P([begin D2 = V * V, D2 end || V <- [1, 2, 3]]).
R = if X =:= 1 -> K = one; true -> K = other end, P({R, K}).
S = case {ok, 5} of {ok, V1} -> W = V1; error -> W = 0 end, P({S, W}).
P(lists:foldr(fun(Q, Acc) -> Q - Acc end, 0, [10, 5, 2])).
P((fun() -> receive after 0 -> nothing end end)()).
P([{I, J, K2} || I <- [1, 2], J <- [x, y], K2 <- [I + 1], K2 > 2]).
Memo = fun M(N, T) -> case T of #{N := V2} -> {V2, T}; _ when N < 2 -> {N, T#{N => N}}; _ -> {A1, T1} = M(N - 1, T), {A2, T2} = M(N - 2, T1), {A1 + A2, T2#{N => A1 + A2}} end end.
P(element(1, Memo(60, #{}))).
