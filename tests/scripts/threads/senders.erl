%% Threads of the driver's own send terms; each thread's terms arrive in its order.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "thread_drv").
P = open_port({spawn_driver, "thread_drv"}, []).
io:format("~s~n", [port_control(P, $c, "t 8 100")]).
All = [receive {thread, T} -> [A, B] = string:lexemes(T, ":"), {list_to_integer(A), list_to_integer(B)} end || _ <- lists:seq(1, 800)].
io:format("~p~n", [[[N || {W2, N} <- All, W2 =:= W] =:= lists:seq(0, 99) || W <- lists:seq(0, 7)]]).
io:format("~s~n", [port_control(P, $j, "")]).
port_close(P).
