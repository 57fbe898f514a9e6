%% port_control: sizes, kinds of replies, flags, and bad arguments.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "replies").
Port = open_port({spawn_driver, "replies"}, []).
Data = fun(N) -> list_to_binary([I rem 256 || I <- lists:seq(1, N)]) end.
Show = fun(B) when is_binary(B) -> {binary, byte_size(B), erlang:crc32(B)}; (L) -> {list, length(L), erlang:crc32(L)} end.
Try = fun(Op, D) -> try Show(port_control(Port, Op, D)) catch C:R:S -> {C, R, element(2, hd(S)), element(4, hd(S))} end end.
Sizes = [0, 1, 63, 64, 65, 66, 1000, 100000, 300000].
[io:format("~p ~p: ~p~n", [Op, N, Try(Op, Data(N))]) || Op <- [0, 1, 2, 3, 4], N <- Sizes].
[io:format("~p: ~s~n", [Op, port_control(Port, Op, "")]) || Op <- [5, 10, 11, 65535, 4294967294, 4294967295]].
[io:format("~p: ~p~n", [Op, Try(Op, "x")]) || Op <- [-1, 4294967296, 1 bsl 70, 1.0, a, "0", <<>>]].
[io:format("~p: ~p~n", [D, Try(0, D)]) || D <- [a, 1, [256], [-1], [a], {}, [1 | 2], ["a" | <<"b">>], [[], [<<"x">>, [$y]], <<>>], <<1:4>>, <<1:9>>, <<1:17>>, [<<1:4>>], [<<1:9>>], [1.0], #{}]].
true = Try(0, Data(100)) =:= Try(0, [Data(30), binary_to_list(Data(100), 31, 100)]).
<<_:3, Unaligned:100/binary, _:5>> = <<0:3, (Data(100))/binary, 0:5>>.
io:format("~p~n", [Try(0, Unaligned)]).
<<_:5/binary, Sub:70/binary, _/binary>> = Data(100).
io:format("~p~n", [Try(0, Sub)]).
%% binary replies
[io:format("flags ~p: ~p~n", [F, Try(8, [F | "abc"])]) || F <- [2, 3, 0, 1]].
[io:format("~p ~p: ~p~n", [Op, N, Try(Op, Data(N))]) || Op <- [6, 7, 2, 3, 4], N <- Sizes].
[io:format("~p ~p: ~p~n", [Op, N, Try(0, Data(N))]) || Op <- [0], N <- [0, 1, 64]].
io:format("~p~n", [port_control(Port, 10, "")]).
io:format("~p~n", [Try(8, [0 | "abc"])]).
process_flag(trap_exit, true).
io:format("~p~n", [port_control(Port, 9, "")]).
receive {'EXIT', Port, R} -> io:format("~p~n", [R]) end.
io:format("~p~n", [Try(0, "x")]).
