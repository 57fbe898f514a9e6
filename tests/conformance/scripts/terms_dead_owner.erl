%% Terms for an owner that is gone.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "term_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "term_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
{Pid, Ref} = spawn_monitor(fun() -> receive go -> ok end end).
port_connect(Port, Pid).
unlink(Port).
Other = open_port({spawn_driver, "term_drv"}, []).
P(hd(port_control(Port, 0, [])) - 10).
Pid ! go.
receive {'DOWN', Ref, _, _, W} -> P(W) end.
receive after 10 -> ok end.
P(erlang:port_info(Port)).
port_close(Other).
receive {'EXIT', Other, R} -> P(R) end.
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("term_drv").
