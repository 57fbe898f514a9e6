%% What port_info says of a port's memory.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
Memory = fun(P, What) -> {memory, Size} = erlang:port_info(P, memory), io:format("~w: ~w~n", [What, Size]) end.
P = open_port({spawn_driver, "echo"}, []).
Memory(P, opened).
unlink(P).
Memory(P, unlinked).
link(P).
Me = self().
Start = fun(F) -> Pid = spawn(fun() -> F(), Me ! go, receive stop -> ok end end), receive go -> Pid end end.
Start(fun() -> link(P) end).
Memory(P, two_links).
One = monitor(port, P).
Memory(P, monitored).
Start(fun() -> monitor(port, P) end).
Memory(P, monitored_twice).
demonitor(One).
Memory(P, once).
[begin erlang:port_set_data(P, D), Memory(P, D) end || D <- [a, 5, -5, [], [1], [1, 2], [1 | 2], {}, {1}, {1, 2}, {[1], {2}}, 1.5, 1 bsl 59, 1 bsl 64, -(1 bsl 200), #{}, #{a => 1}, lists:seq(1, 100), "abc"]].
erlang:port_set_data(P, binary:copy(<<"x">>, 100)).
Memory(P, large_binary).
erlang:port_set_data(P, binary:copy(<<"x">>, 10)).
Memory(P, small_binary).
erlang:port_set_data(P, a).
register(echo_port, P).
Start(fun() -> monitor(port, echo_port) end).
Memory(P, by_name).
Start(fun() -> monitor(port, P) end).
Memory(P, by_id_again).
[begin L = open_port({spawn_driver, "echo"}, [{line, N}]), Memory(L, {line, N}), port_close(L) end || N <- [1, 50, 100, 101, 1000]].
L = open_port({spawn_driver, "echo"}, [{line, 1000}]).
[begin port_command(L, lists:duplicate(N, $a)), Memory(L, {more, N}) end || N <- [3, 97, 1, 150, 550, 10]].
port_command(L, "\n").
Memory(L, line_ended).
erl_ddll:unload_driver("echo").
