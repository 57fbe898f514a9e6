%% Terms for whoever calls, who need not be the owner.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "term_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "term_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
Me = self().
{_, Ref} = spawn_monitor(fun() ->
    Rs = [hd(port_control(Port, N, "ab")) - 10 || N <- [100, 102, 103, 108, 109, 113]],
    Ms = [receive M -> M after 5000 -> timeout end || _ <- Rs],
    Me ! {Rs, Ms}
end).
P(receive {Rs, Ms} -> {Rs, Ms} after 5000 -> timeout end).
receive {'DOWN', Ref, _, _, W} -> P(W) end.
P(Quiet()).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("term_drv").
