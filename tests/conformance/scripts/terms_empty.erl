%% Buffers without bytes.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "term_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "term_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
[P({N, hd(port_control(Port, N, [])) - 10, Quiet()}) || N <- [2, 3, 4]].
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("term_drv").
