%% Funs that have been through the external format, in a message, in a driver: equal, and callable again.
Again = fun(X) -> binary_to_term(term_to_binary(X)) end.
Y = 10.
Add = fun(X) -> X + Y end.
io:format("~p ~p~n", [(Again(Add)) =:= Add, (Again(Add))(5)]).
io:format("~p ~p~n", [is_function(Again(Add), 1), is_function(Again(Add), 2)]).
Fact = fun Fact(0) -> 1; Fact(N) -> N * Fact(N - 1) end.
io:format("~p ~p~n", [(Again(Fact)) == Fact, (Again(Fact))(20)]).
Nested = fun(F) -> fun(X) -> F(F(X)) end end.
Twice = Again((Again(Nested))(Again(Add))).
io:format("~p~n", [Twice(1)]).
io:format("~p~n", [(Again(fun lists:reverse/1))([1, 2, 3])]).
io:format("~p~n", [[(Again(fun(A, B) -> {A, B, Y} end))(1, 2) || _ <- [1, 2]]]).
io:format("~p~n", [maps:get(Again(Add), #{Add => found})]).
#{f := Held} = Again(#{f => Add}).
io:format("~p~n", [lists:map(Held, [1, 2])]).
Other = fun(X) -> X + Y + 0 end.
io:format("~p ~p~n", [Again(Other) =:= Add, Again(Other) =:= Other]).
io:format("~p~n", [try (Again(Add))(1, 2) catch error:{badarity, {F, Args}} -> {F =:= Add, Args} end]).
Me = self().
spawn(fun() -> Me ! {result, (Again(fun() -> self() =/= Me end))()} end).
receive {result, Result} -> io:format("~p~n", [Result]) end.
