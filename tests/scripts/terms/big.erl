%% Large terms, and who gets them.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "terms").
Port = open_port({spawn_driver, "terms"}, [binary]).
W = fun(N) -> <<$w, N:64>> end.
P = fun(B) -> <<$p, (byte_size(B)):32, B/binary>> end.
B = fun(Bin) -> <<$b, (byte_size(Bin)):32, Bin/binary>> end.
Get = fun() -> receive M -> M after 10000 -> nothing end end.
port_control(Port, 0, [W(14), P(binary:copy(<<"ab">>, 1000000)), W(2000000)]).
R1 = Get(). io:format("~p ~p~n", [byte_size(R1), erlang:crc32(R1)]).
io:format("~s~n", [port_control(Port, 0, [W(5), B(binary:copy(<<"ab">>, 1000000)), W(1999990), W(3)])]).
R2 = Get(). io:format("~p ~p~n", [byte_size(R2), binary:part(R2, 0, 4)]).
port_control(Port, 2, [W(6), P(binary:copy(<<"ab">>, 100000)), W(200000)]).
R3 = Get(). io:format("~p ~p~n", [length(R3), lists:sublist(R3, 4)]).
port_control(Port, 3, [[[W(3), W(N)] || N <- lists:seq(1, 20000)], W(1), W(8), W(20001)]).
R4 = Get(). io:format("~p ~p~n", [length(R4), lists:sum(R4)]).
port_control(Port, 0, [[[W(3), W(N), W(3), W(N + 1)] || N <- lists:seq(1, 10000)], W(17), W(10000)]).
R5 = Get(). io:format("~p ~p~n", [maps:size(R5), maps:get(777, R5)]).
port_control(Port, 0, [W(1), [[W(7), W(1)] || _ <- lists:seq(1, 5000)]]).
R6 = Get(). Depth = fun Depth({T}, N) -> Depth(T, N + 1); Depth(T, N) -> {T, N} end. io:format("~p~n", [Depth(R6, 0)]).
E2 = term_to_binary(lists:seq(1, 100000)).
port_control(Port, 0, [W(12), P(E2), W(byte_size(E2))]).
R7 = Get(). io:format("~p ~p~n", [length(R7), R7 =:= lists:seq(1, 100000)]).
%% two binaries in one term, one of which is copied
io:format("~s~n", [port_control(Port, 0, [W(5), B(binary:copy(<<"x">>, 100)), W(100), W(0), W(5), B(binary:copy(<<"y">>, 64)), W(64), W(0), W(7), W(2)])]).
R8 = Get(). io:format("~p~n", [size(R8)]).
%% to others
Main = self().
Other = spawn(fun() -> port_control(Port, 9, ""), Main ! ready, receive M -> Main ! {other, M} end end).
receive ready -> ok end.
io:format("~s~n", [port_control(Port, 4, [W(10), "o"])]).
receive {other, M1} -> io:format("~p~n", [M1 =:= self()]) end.
Other2 = spawn(fun() -> port_control(Port, 9, ""), Main ! ready, receive M -> Main ! {other, M} end end).
receive ready -> ok end.
io:format("~s~n", [port_control(Port, 5, [W(10), "c"])]).
receive {other, M2} -> io:format("~p~n", [M2 =:= self()]) end.
io:format("~p~n", [erlang:port_info(Port, input)]).
