%% Connecting, and closing by message.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "line_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "line_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
Me = self().
Q = spawn(fun() -> receive {P1, {data, D}} -> Me ! {got, D} end, receive {P1, {command, _}} -> ok after 20 -> ok end end).
P(port_connect(Port, Q)).
P(port_control(Port, 0, "for q")).
P(receive {got, D} -> D after 1000 -> timeout end).
unlink(Port).
P(try port_command(Port, "x") catch error:E -> E end).
Port ! {Me, close}.
P(Quiet()).
timer:sleep(40).
P(erlang:port_info(Port)).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("line_drv").
