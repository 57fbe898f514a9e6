%% Every tag of term specifications, well formed.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "terms").
Port = open_port({spawn_driver, "terms"}, []).
W = fun(N) -> <<$w, N:64>> end.
P = fun(B) -> <<$p, (byte_size(B)):32, B/binary>> end.
B = fun(Bin) -> <<$b, (byte_size(Bin)):32, Bin/binary>> end.
A = fun(Name) -> <<$a, (length(Name)), (list_to_binary(Name))/binary>> end.
Try = fun(Spec) ->
    Said = port_control(Port, 0, Spec),
    receive M -> io:format("~s ~p~n", [Said, M]) after case Said of "1" ++ _ -> 5000; _ -> 0 end -> io:format("~s~n", [Said]) end
end.
Nil = W(1). Int = fun(N) -> [W(3), W(N)] end. Tuple = fun(N) -> [W(7), W(N)] end. List = fun(N) -> [W(8), W(N)] end. Atom = fun(Name) -> [W(2), A(Name)] end.
Try(Nil).
[Try(Atom(Name)) || Name <- ["a", "", "hello world", "Hello", [255], lists:duplicate(255, $x), "true", "\x{e4}", "nil"]].
[Try(Int(N)) || N <- [0, 1, -1, 1 bsl 59, (1 bsl 59) - 1, -(1 bsl 59), -(1 bsl 59) - 1, (1 bsl 63) - 1, -(1 bsl 63)]].
[Try([W(13), W(N)]) || N <- [0, 1, 1 bsl 59, (1 bsl 64) - 1, 1 bsl 63]].
Try([W(4), "P"]).
Try([W(10), "c"]). Try([W(10), "o"]).
[Try([W(5), B(Bin), W(Size), W(Offset)]) || {Bin, Size, Offset} <- [{<<>>, 0, 0}, {<<"abc">>, 3, 0}, {<<"abc">>, 1, 2}, {<<"abc">>, 0, 3}, {binary:copy(<<"x">>, 64), 64, 0}, {binary:copy(<<"x">>, 65), 64, 1}, {binary:copy(<<"y">>, 70), 65, 0}, {binary:copy(<<"z">>, 70), 65, 5}]].
[Try([W(6), P(S), W(byte_size(S))]) || S <- [<<>>, <<"a">>, <<"string">>, <<255, 0, 1>>]].
Try([W(6), P(<<"string">>), W(3)]).
[Try([Tail, W(9), P(<<"abc">>), W(3)]) || Tail <- [Nil, Atom("tail"), [W(6), P(<<"def">>), W(3)], Int(5)]].
Try([Nil, W(9), P(<<"123">>), W(3), W(9), P(<<"abc">>), W(3)]).
Try([Nil, W(9), P(<<>>), W(0)]).
Try(Tuple(0)).
Try([Int(1), Int(2), Tuple(2)]).
Try([Int(1), Int(2), Tuple(1), Tuple(2)]).
Try([Int(1), Nil, List(2)]).
Try([Int(1), List(1)]).
Try([Int(1), Int(2), Int(3), List(3)]).
Try([Int(1), Int(2), Nil, List(3), Nil, List(2)]).
Try([[Int(N) || N <- lists:seq(1, 40)], Nil, List(41)]).
Try([[Int(N) || N <- lists:seq(1, 300)], Tuple(300)]).
[Try([W(11), P(<<F/float-native>>)]) || F <- [0.0, 1.5, -2.25, 1.0e300, 1.0e-300]].
[Try([W(15), P(<<N:64/native>>)]) || N <- [0, -1, 5, (1 bsl 59), -(1 bsl 63), (1 bsl 63) - 1]].
[Try([W(16), P(<<N:64/native>>)]) || N <- [0, 5, (1 bsl 59), (1 bsl 64) - 1, (1 bsl 63) - 1]].
[Try([W(12), P(E), W(byte_size(E))]) || E <- [term_to_binary(T) || T <- [[], atom, 1, -1, 1 bsl 100, 1.5, "str", [1, 2 | 3], {a, {b, {}}}, #{a => 1, "b" => {c}}, <<"bin">>, <<1:3>>, self(), Port, fun lists:map/2, lists:seq(1, 300), list_to_tuple(lists:seq(1, 300))]]].
Try([W(12), P(<<131, 97, 5, 1, 2, 3>>), W(6)]).
Try([W(12), P(term_to_binary(lists:seq(1, 500), [compressed])), W(byte_size(term_to_binary(lists:seq(1, 500), [compressed])))]).
[Try([W(14), P(Bin), W(byte_size(Bin))]) || Bin <- [<<>>, <<"a">>, binary:copy(<<"x">>, 64), binary:copy(<<"x">>, 65), binary:copy(<<"x">>, 300)]].
Try([W(14), W(0), W(0)]).
Try([W(17), W(0)]).
Try([Int(1), Int(2), W(17), W(1)]).
Try([Atom("b"), Int(2), Atom("a"), Int(1), W(17), W(2)]).
Try([[[Int(N), Int(N * N)] || N <- lists:seq(1, 32)], W(17), W(32)]).
Try([Int(1), W(11), P(<<1.0/float-native>>), W(11), P(<<1.0/float-native>>), Int(1), W(17), W(2)]).
Try([W(17), W(0), Nil, Int(1), Tuple(0), W(17), W(2)]).
Try([Atom("port"), W(4), "P", Tuple(2), Atom("pid"), W(10), "c", Tuple(2), Nil, List(3), Nil, List(2)]).
io:format("~p~n", [erlang:port_info(Port, input)]).
