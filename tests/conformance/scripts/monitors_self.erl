%% The owner watched by its own port; closing ends it.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "watch_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "watch_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_command(Port, "x").
P(port_control(Port, 2, [0])).
P(lists:member(Port, element(2, process_info(self(), monitored_by)))).
P(erlang:port_info(Port, monitors)  =:= {monitors, []}).
port_close(Port).
receive {'EXIT', Port, R} -> P(R) end.
P(lists:member(Port, element(2, process_info(self(), monitored_by)))).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("watch_drv").
