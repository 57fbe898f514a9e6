%% Binaries too large for the heap.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "vector_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "vector_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
Big = binary:copy(<<"0123456789">>, 50).
port_command(Port, [Big, "x", Big]).
P(receive {Port, {data, D}} -> {byte_size(iolist_to_binary(D)), erlang:md5(D) =:= erlang:md5([Big, "x", Big])} end).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("vector_drv").
