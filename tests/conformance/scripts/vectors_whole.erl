%% A vector sent back as it came.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "vector_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "vector_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
[begin port_command(Port, D), P(Next()) end || D <- ["abc", <<"abc">>, ["ab", <<"cd">>, [$e | <<"f">>]], [], <<>>, [<<"x">>, <<"y">>]]].
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("vector_drv").
