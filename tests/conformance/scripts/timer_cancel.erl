%% Cancelled before it is due.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "ticker_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "ticker_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_control(Port, 1, [200, 1]).
P(port_control(Port, 3, [])).
P(port_control(Port, 2, [])).
P(port_control(Port, 3, [])).
P(Quiet()).
P(try port_control(Port, 1, []) catch error:E1 -> E1 end).
P(try port_control(Port, 9, []) catch error:E9 -> E9 end).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("ticker_drv").
