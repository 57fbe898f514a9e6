%% Every item of port_info, through the life of a port.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "failing").
Port = open_port({spawn_driver, "failing with \x{e4}rguments"}, [{parallelism, true}]).
Items = [registered_name, name, input, output, os_pid, parallelism, locking, queue_size, monitors, monitored_by, memory].
Show = fun() -> io:format("~w~n", [[erlang:port_info(Port, I) || I <- Items]]) end.
Show().
register(informed, Port).
port_command(Port, "12345").
erlang:port_set_data(Port, {some, [data]}).
io:format("~p ~p~n", [erlang:port_get_data(Port), erlang:port_get_data(informed)]).
io:format("~p~n", [erlang:port_info(Port, links) =:= {links, [self()]}]).
io:format("~p~n", [erlang:port_info(Port, connected) =:= {connected, self()}]).
io:format("~p~n", [[K || {K, _} <- erlang:port_info(Port)]]).
io:format("~p~n", [[K || {K, _} <- erlang:port_info(informed)]]).
Others = [spawn(fun() -> link(Port), receive stop -> ok end end) || _ <- [1, 2]].
Wait = fun Wait(N) -> {links, L} = erlang:port_info(Port, links), case length(L) of N -> ok; _ -> erlang:yield(), Wait(N) end end.
Wait(3).
{links, Links} = erlang:port_info(Port, links).
io:format("~p~n", [lists:sort(Links) =:= lists:sort([self() | Others])]).
[O ! stop || O <- Others].
Wait(1).
M1 = monitor(port, Port). M2 = monitor(port, informed).
io:format("~p~n", [erlang:port_info(Port, monitored_by) =:= {monitored_by, [self(), self()]}]).
demonitor(M1). demonitor(M2).
io:format("~p~n", [erlang:port_info(Port, monitored_by)]).
unlink(Port).
io:format("~p~n", [erlang:port_info(Port, links)]).
link(Port).
port_control(Port, 1, "enq 5 abcde").
Names = [registered_name, name, input, output, os_pid, parallelism, locking, queue_size, monitors, monitored_by].
io:format("~w~n", [[erlang:port_info(Port, I) || I <- Names]]).
[io:format("~p~n", [try erlang:port_info(Port, I) catch C:R:S -> {C, R, element(4, hd(S))} end]) || I <- [foo, "name", 17, {name}, [name], [], <<"name">>, data, control]].
unregister(informed).
io:format("~p ~p~n", [erlang:port_info(Port, registered_name), erlang:port_info(informed)]).
port_control(Port, 1, "deq 5").
io:format("~p ~p~n", [[erlang:port_set_data(Port, D) || D <- [1, [], undefined, #{}, lists:seq(1, 100)]], length(erlang:port_get_data(Port))]).
