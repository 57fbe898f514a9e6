%% Commands sent as messages.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "upper_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "upper_drv"}, [binary]).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
Port ! {self(), {command, "sent"}}.
P(Next()).
Port ! {self(), {command, [$a, <<"b">>]}}.
P(Next()).
P(erlang:port_info(Port, output)).
P(erlang:port_info(Port, input)).
P(erlang:port_info(Port, name)).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("upper_drv").
