%% One term of each kind for the owner.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "term_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "term_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
[begin
    R = hd(port_control(Port, N, "hey")) - 10,
    P({N, R}),
    case R of 1 -> P(receive M when is_port(element(1, M)) -> {port, element(2, M) =:= self()}; M -> M after 5000 -> timeout end); _ -> ok end
 end || N <- lists:seq(0, 15)].
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("term_drv").
