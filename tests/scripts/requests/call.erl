%% port_call: terms there and back, and every wrong answer of a driver (but for NULL: with that, erl crashes).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "replies").
Port = open_port({spawn_driver, "replies"}, []).
Terms = [a, '', 1, -1, 1 bsl 70, -(1 bsl 3000), 1.5, [], "string", [1000, a | b], {}, {a, {b, "c"}}, #{}, #{a => 1, {b} => "c"}, <<>>, <<"binary">>, <<1:3>>, self(), Port, make_ref(), fun lists:map/2, lists:seq(1, 5000), binary:copy(<<"x">>, 300000), lists:duplicate(255, {a}), list_to_tuple(lists:seq(1, 400)), "\x{400}", [[[[]]]]].
[io:format("~p~n", [{Op, N, erlang:port_call(Port, Op, T) =:= T}]) || Op <- [0, 1], {N, T} <- lists:zip(lists:seq(1, length(Terms)), Terms)].
[io:format("~p~n", [{N, erlang:port_call(Port, T) =:= T}]) || {N, T} <- lists:zip(lists:seq(1, length(Terms)), Terms)].
Try = fun(F) -> try F() catch C:R:S -> {C, R, element(2, hd(S)), element(4, hd(S))} end end.
[io:format("~p ~p~n", [Op, Try(fun() -> erlang:port_call(Port, Op, {some, "term"}) end)]) || Op <- [3, 4, 5, 6, 7, 8, 9, 10, 11, 14, -1, 4294967296, 4294967295, a, 1.0]].
io:format("~p~n", [[byte_size(term_to_binary(erlang:port_call(Port, 0, binary:copy(<<"x">>, N)))) || N <- lists:seq(245, 255)]]).
erlang:port_call(Port, 13, some_atom).
receive {Port, {data, D}} -> io:format("~p ~p~n", [D, binary_to_term(list_to_binary(D))]) end.
process_flag(trap_exit, true).
io:format("~p~n", [Try(fun() -> erlang:port_call(Port, 12, bye) end)]).
receive {'EXIT', Port, R} -> io:format("~p~n", [R]) end.
