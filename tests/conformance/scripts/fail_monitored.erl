%% What a monitor hears.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "fail_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "fail_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
Try = fun(What) ->
    Q = open_port({spawn_driver, "fail_drv"}, []),
    M = monitor(port, Q),
    port_command(Q, What),
    R = receive {'DOWN', M, port, Q, E} -> E after 30 -> none end,
    receive {'EXIT', Q, _} -> ok after 10 -> ok end,
    R
end.
[P({W, Try(W)}) || W <- ["a", "p", "n", "0", "e", "x", "y", "2"]].
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("fail_drv").
