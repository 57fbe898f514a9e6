%% A child belongs to whoever sent the command.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "family_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "family_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
Me = self().
{Q, Ref} = spawn_monitor(fun() ->
    port_command(Port, "x"),
    receive {born, C} -> Me ! {C, erlang:port_info(C, connected) =:= {connected, self()}} end
end).
{Child, Own} = receive {C, O} -> {C, O} after 1000 -> {none, none} end.
P(Own).
receive {'DOWN', Ref, _, _, W} -> P(W) end.
timer:sleep(10).
P(erlang:port_info(Child)).
P(port_control(Port, 1, [])).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("family_drv").
