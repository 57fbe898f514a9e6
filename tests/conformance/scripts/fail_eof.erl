%% The end of file of a port that was opened with eof.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "fail_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "fail_drv"}, [eof]).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_command(Port, "e").
P(receive {Port, eof} -> eof; M -> M after 1000 -> timeout end).
P(is_list(erlang:port_info(Port))).
port_command(Port, "fine").
P(Next()).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("fail_drv").
