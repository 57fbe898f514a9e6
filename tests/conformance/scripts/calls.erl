%% call gets and gives terms.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "system_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "system_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
[P(erlang:port_call(Port, N, T)) || {N, T} <- [{1, a}, {2, "text"}, {3, <<"bytes">>}, {4, {x, [1, 2.5]}}, {5, #{a => 1}}]].
P(try erlang:port_call(Port, 10, a) catch error:E -> E end).
P(byte_size(term_to_binary(erlang:port_call(Port, 1, lists:seq(1, 300))))).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("system_drv").
