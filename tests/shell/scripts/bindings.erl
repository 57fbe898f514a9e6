%% What one form binds, later forms see: also what depends on the way it has taken.
case 1 of 1 -> A = 1; _ -> B = 2 end.
io:format("case ~p~n", [A]).
io:format("case other ~p~n", [B]).
if true -> C = 1; true -> D = 2 end.
io:format("if ~p~n", [C]).
try E = 1 catch _:_ -> F = 2 end.
io:format("try body ~p~n", [E]).
try G = 1, G of 1 -> H = 2 catch _:_ -> ok end.
io:format("try body ~p~n", [G]).
io:format("try of ~p~n", [H]).
try error(x) catch error:I:J -> K = 1 end.
io:format("handler ~p~n", [I]).
io:format("handler body ~p~n", [K]).
try L = 1 after M = 2 end.
io:format("after body ~p~n", [M]).
io:format("try body after ~p~n", [L]).
catch N = 1.
io:format("catch ~p~n", [N]).
true andalso (O = true).
io:format("andalso ~p~n", [O]).
receive P -> P after 0 -> Q = 1 end.
io:format("after ~p~n", [Q]).
self() ! m, receive R -> R after 0 -> S = 1 end.
io:format("receive ~p~n", [R]).
[T || T <- [1]].
io:format("lc ~p~n", [T]).
begin U = 1 end.
io:format("block ~p~n", [U]).
case 1 of V when V > 0 -> W = V; _ -> X = 1 end.
io:format("~p ~p~n", [V, W]).
catch begin Y = 1, error(x) end.
io:format("catch failing ~p~n", [Y]).
(Z = 1) + 1.
io:format("~p~n", [Z]).
case 5 of AA -> ok end, case 5 of AA -> same; _ -> other end.
{AB, AC} = {1, (AD = 2)}.
io:format("~p~n", [{AB, AC, AD}]).
true orelse (AE = 1).
io:format("orelse ~p~n", [AE]).
case 1 of 1 -> case 2 of 2 -> AF = 1; 3 -> AG = 2 end; _ -> ok end.
io:format("nested ~p~n", [AF]).
#{k => (AH = 1)}, <<(AI = 2)>>.
io:format("~p~n", [{AH, AI}]).
lists:reverse([AJ = 1]).
io:format("~p~n", [AJ]).
(fun(AK) -> AL = AK end)(1).
io:format("~p~n", [AK]).
io:format("~p~n", [AL]).
