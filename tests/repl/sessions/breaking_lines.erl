X = true andalso false.
Y = (fun(A) -> A end)(1).
{true andalso false, 1}.
F = fun(A) -> {A, fun() -> A end} end.
G = fun(A) -> A1 = A, {A1, fun() -> A end} end.
G2 = fun(A) -> A1 = A, {A1} end.
G3 = fun(A) -> fun() -> A end end.
G4 = [fun() -> 1 end].
G5 = case fun() -> 1 end of _ -> 1 end.
f(X) == true orelse self().
[X1 || X1 <- [1], true andalso true].
fun(X) when X > 1 andalso X < 3 -> X; (Y) -> Y end.
if 1 > 2; 2 > 1 -> a; true andalso true -> b end.
h().
f().
results(0).
[F(2) || F <- [fun(X) -> X + 1 end, fun(X) -> X * X end]].
case 1 of X when trunc(X) =:= 1, round(X) =:= 2, ceil(X) =:= 2, floor(X) =:= 1 -> a; _ -> b end.
try 1 after ok end.
try throw(x) catch x -> caught end.
(fun lists:reverse/1)([1, 2]).
M = #{}, M#{a => 1}#{b => 2}.
erlang:abs(-1).
$ .
lists:foldl(fun(A, B) -> A + B end, 0, [1, 2, 3]).
receive after 1 -> ok end.
h().
