%% A port that is busy from the beginning.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "opener").
Port = open_port({spawn_driver, "opener busy"}, []).
io:format("~p~n", [port_command(Port, "a", [nosuspend])]).
io:format("~p~n", [catch port_command(Port, "a", [force])]).
io:format("~p~n", [erlang:send_nosuspend(Port, {self(), {command, "a"}})]).
io:format("~p~n", [erlang:send(Port, {self(), {command, "a"}}, [nosuspend])]).
io:format("~p~n", [erlang:send(Port, {self(), {command, "a"}}, [nosuspend, noconnect])]).
Main = self().
Pid = spawn(fun() -> Main ! {sent, port_command(Port, "b")} end).
Wait = fun Wait() -> case process_info(Pid, status) of {status, suspended} -> ok; _ -> erlang:yield(), Wait() end end.
Wait().
io:format("~p~n", [process_info(Pid, current_function)]).
port_control(Port, 1, "").
receive {sent, R} -> io:format("sent ~p~n", [R]) end.
receive {Port, M} -> io:format("~p~n", [M]) end.
true = port_close(Port).
receive {P, stop, 0} -> io:format("stopped ~p~n", [P =:= Port]) end.
