%% erlang:ports, names and identifiers of ports.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "line_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "line_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
P(lists:member(Port, erlang:ports())).
register(a_port, Port).
P(whereis(a_port) =:= Port).
P(erlang:port_info(a_port, registered_name)).
P(port_control(a_port, 0, "x")).
P(Next()).
P(list_to_port(port_to_list(Port)) =:= Port).
P(erlang:port_info(Port, connected) =:= {connected, self()}).
P(erlang:port_info(Port, links) =:= {links, [self()]}).
port_close(a_port).
receive {'EXIT', Port, R} -> P(R) end.
P(whereis(a_port)).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("line_drv").
