%% Commands that may be forced through a busy port.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "busy_soft").
process_flag(trap_exit, true).
Port = open_port({spawn_driver, "busy_soft"}, []).
Got = fun() -> receive {Port, {data, D}} -> D after 0 -> nothing end end.
port_control(Port, 1, [1]).
[io:format("~p: ~p ~p~n", [O, try port_command(Port, D, O) catch C:R -> {C, R} end, Got()]) || D <- ["abc", bad], O <- [[force], [force, nosuspend], [nosuspend, force], [nosuspend]]].
port_control(Port, 1, [0]).
[io:format("~p: ~p ~p~n", [O, try port_command(Port, D, O) catch C:R -> {C, R} end, Got()]) || D <- ["abc", bad], O <- [[force], [force, nosuspend], [nosuspend]]].
port_control(Port, 3, "").
receive {'EXIT', Port, R} -> io:format("~p~n", [R]) end.
io:format("~p~n", [try port_command(Port, "x", [force]) catch C:E -> {C, E} end]).
