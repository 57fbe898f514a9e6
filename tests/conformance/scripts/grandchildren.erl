%% Children have children, and outlive their parents.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "family_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "family_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_command(Port, "x").
Child = receive {born, C} -> C after 1000 -> timeout end.
port_connect(Child, self()).
Child ! {self(), {command, "x"}}.
Grandchild = receive {born, G} -> G after 1000 -> timeout end.
port_close(Child).
P(receive {'EXIT', Child, R} -> R after 1000 -> timeout end).
P(port_control(Grandchild, 1, [])).
port_close(Grandchild).
P(receive {'EXIT', Grandchild, R2} -> R2 after 1000 -> timeout end).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("family_drv").
