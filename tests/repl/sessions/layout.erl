[X || X <- [1]].
[{X,Y} || X <- [1,2], Y <- [3], X > Y].
<< <<X>> || <<X>> <= <<1,2>> >>.
begin 1 end.
case 1 of X1 when X1 > 0, X1 < 5; X1 == 9 -> ok, fine; _ -> no end.
if true -> ok end.
fun(A) -> A end(1).
catch (catch 1).
X = case 1 of 1 -> ok end.
{case 1 of 1 -> ok end, 2}.
[1,2|[3]].
"abc" "def".
$a.
#{a => 1, b => {x}}.
#{a => 1}#{a := 2}.
<<1:4, 2:4, "abc">>.
fun lists:map/2.
1+2*3-(4-5).
- 1.
self() ! {a,b}, ok.
fun F(0) -> 1; F(N) -> N * F(N-1) end.
receive after 0 -> ok end.
receive Z when Z > 1 -> ok after 0 -> ok end.
try 1 catch _:_ -> 2 end.
try 1 of 1 -> 2 catch throw:E:S -> {E,S}; error:R when R > 1 -> R after ok end.
catch io:format("~p ~p ~p ~p ~p~n", [aaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccc]), ok.
{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccc, ddddddddddddd}.
XX = {aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccc, ddddddddddddd}.
#{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa => bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, cccccccccccccccccccccccc => ddddddddddddd}.
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa == bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb orelse ccccccccccccccccccccccccccc == dddd.
lists:map(fun(V) -> V end, [1]).
f().
Q = fun(W) when W > 1 -> W; (V) -> case V of 1 -> a; _ -> {b, "str", <<1,2:16/little,"x">>, #{a=>1}} end end.
b().
h().
