%% The same for a port with binaries.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "vector_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "vector_drv"}, [binary]).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
%% A binary that the evaluator has built lies in a larger one, a decoded one does not.
B = fun(X) -> binary_to_term(term_to_binary(X)) end.
[begin port_command(Port, D), P(Next()) end || D <- ["abc", ["ab", B(<<"cd">>)], [], [B(<<"x">>), B(<<"y">>)]]].
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("vector_drv").
