%% Failing in a call of control.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "fail_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "fail_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
P(port_control(Port, 1, "b")).
P(Next()).
P(case catch port_control(Port, 1, "a") of {'EXIT', {R, _}} -> R; Other -> Other end).
P(receive {'EXIT', Port, E} -> E after 1000 -> timeout end).
P(case catch port_control(Port, 1, "a") of {'EXIT', {R2, _}} -> R2; Other2 -> Other2 end).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("fail_drv").
