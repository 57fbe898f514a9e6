%% Aliases: made, ended, by monitors, through the external format.
T = fun(F) -> try F() catch C:R -> {C, R} end end.
N = fun() -> receive X -> X after 100 -> nothing end end.
A = alias().
A ! one, A ! two.
io:format("~w ~w~n", [N(), N()]).
io:format("~w~n", [[unalias(A), unalias(A), A ! three, N()]]).
B = alias([reply]).
B ! one. 
B ! two.
io:format("~w ~w ~w~n", [N(), N(), unalias(B)]).
io:format("~w~n", [[T(fun() -> alias(X) end) || X <- [foo, [foo], [reply, explicit_unalias], [explicit_unalias, reply], [], [reply|a]]]]).
io:format("~w~n", [[T(fun() -> unalias(X) end) || X <- [foo, make_ref(), self()]]]).
Me = self().
P = spawn(fun() -> receive {go, R} -> R ! {answer, 1}, R ! {answer, 2} end, receive stop -> ok end end).
M = monitor(process, P, [{alias, reply_demonitor}]).
P ! {go, M}.
io:format("~w ~w~n", [N(), N()]).
io:format("~w~n", [[demonitor(M, [info]), unalias(M)]]).
P ! stop.
io:format("~w~n", [N()]).
P2 = spawn(fun() -> receive stop -> ok end end).
M2 = monitor(process, P2, [{alias, demonitor}]).
M2 ! hi.
io:format("~w~n", [N()]).
io:format("~w~n", [demonitor(M2, [info])]).
M2 ! hi2.
io:format("~w ~w~n", [N(), unalias(M2)]).
M3 = monitor(process, P2, [{alias, demonitor}]).
io:format("~w~n", [unalias(M3)]).
P2 ! stop.
io:format("~w~n", [N()]).
P4 = spawn(fun() -> receive stop -> ok end end).
M4 = monitor(process, P4, [{alias, explicit_unalias}, {tag, gone}]).
P4 ! stop.
io:format("~w~n", [N()]).
M4 ! still.
io:format("~w ~w~n", [N(), unalias(M4)]).
M5 = monitor(process, P4, [{alias, demonitor}]).
io:format("~w~n", [N()]).
M5 ! hello.
io:format("~w~n", [N()]).
io:format("~w~n", [[T(fun() -> monitor(process, P4, X) end) || X <- [[{alias, foo}], [alias], foo, [{tag, a}|b]]]]).
C = alias().
spawn(fun() -> io:format("~w~n", [unalias(C)]), C ! from_child, erlang:send(C, x, []), erlang:send_nosuspend(C, y) end).
io:format("~w ~w ~w~n", [N(), N(), N()]).
io:format("~w ~w ~w~n", [is_reference(C), C == binary_to_term(term_to_binary(C)), byte_size(term_to_binary(C))]).
binary_to_term(term_to_binary(C)) ! through.
io:format("~w~n", [N()]).
{P6, M6} = spawn_opt(fun() -> receive stop -> ok end end, [{monitor, [{alias, explicit_unalias}, {tag, foo}]}]).
M6 ! x.
io:format("~w~n", [N()]).
P6 ! stop.
io:format("~w~n", [N()]).
D = spawn(fun() -> Me ! {alias, alias()}, receive stop -> ok end end).
DA = receive {alias, Al} -> Al end.
io:format("~w~n", [unalias(DA)]).
D ! stop.
timer:sleep(10).
io:format("~w~n", [DA ! x]).
io:format("~w~n", [T(fun() -> erlang:send_after(1, C, z) end)]).
io:format("~w~n", [T(fun() -> make_ref() ! z end) =:= z]).
io:format("~w~n", [T(fun() -> exit(C, kill) end)]).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
Port = open_port({spawn_driver, "echo"}, []).
MP = monitor(port, Port, [{alias, reply_demonitor}]).
MP ! x.
io:format("~w ~w ~w~n", [N(), demonitor(MP, [info]), erlang:port_info(Port, monitored_by)]).
MQ = monitor(port, Port, [{alias, explicit_unalias}]).
port_close(Port).
receive {'DOWN', MQ, port, Port, normal} -> MQ ! y end.
io:format("~w~n", [N()]).
erl_ddll:unload_driver("echo").
