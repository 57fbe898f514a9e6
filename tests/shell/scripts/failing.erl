%% What fails does not keep the rest from being evaluated; bindings of what failed are lost.
io:format("one~n").
A = 1, B = 2, error(stop).
io:format("two ~p~n", [catch A]).
1 = 2.
foo(1,.
io:format("three~n").
C = 3.
io:format("four ~p~n", [C]).
X + 1.
io:format("five~n"), nosuch:function().
"unterminated
