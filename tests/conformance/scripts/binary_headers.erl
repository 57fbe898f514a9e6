%% A header of a binary port.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "line_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "line_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
Q = open_port({spawn_driver, "line_drv"}, [binary, in]).
port_control(Q, 1, "xyz").
P(receive {Q, {data, D1}} -> D1 after 1000 -> timeout end).
port_control(Q, 2, "abc").
P([receive {Q, {data, D2}} -> D2 after 1000 -> timeout end || _ <- [1, 2, 3]]).
P(port_control(Q, 10, "b")).
P(port_control(Q, 0, "b")).
port_close(Q).
receive {'EXIT', Q, R} -> P(R) end.
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("line_drv").
