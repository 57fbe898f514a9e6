%% A port that is closed while data waits in its queue: what still works on it, and what does not.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "failing").
process_flag(trap_exit, true).
Port = open_port({spawn_driver, "failing"}, []).
register(lingerer, Port).
Mon = monitor(port, Port).
[] = [catch erlang:port_get_data(P) || P <- [], P].
true = erlang:port_set_data(Port, data).
io:format("~s~n", [port_control(Port, 0, "now enq 5 abcde")]).
io:format("~p~n", [port_close(Port)]).
Show = fun(M) -> case M of {'EXIT', Port, R} -> {'EXIT', R}; {'DOWN', Mon, T, O, R} -> {down, T, O =:= Port, R}; {Port, A, N} -> {A, N}; {Port, D} -> D; Other -> Other end end.
All = fun All() -> receive M -> [Show(M) | All()] after 0 -> [] end end.
io:format("~p~n", [All()]).
Try = fun(Name, F) -> io:format("~p: ~p~n", [Name, try F() catch C:R:Stack -> {M, N, _, I} = hd(Stack), {C, R, M, N, I} end]) end.
Try(info, fun() -> [I || {K, _} = I <- erlang:port_info(Port), K =/= connected, K =/= id] end).
[Try(Item, fun() -> erlang:port_info(Port, Item) end) || Item <- [registered_name, name, links, input, output, os_pid, parallelism, locking, queue_size, monitors, monitored_by]].
Try(connected, fun() -> erlang:port_info(Port, connected) =:= {connected, self()} end).
Try(ports, fun() -> lists:member(Port, erlang:ports()) end).
Try(command, fun() -> port_command(Port, "x") end).
Try(command_nosuspend, fun() -> port_command(Port, "x", [nosuspend]) end).
Try(command_force, fun() -> port_command(Port, "x", [force]) end).
Try(command_bad, fun() -> port_command(Port, bad) end).
Try(send, fun() -> Port ! {self(), {command, "x"}}, ok end).
Try(send_close, fun() -> Port ! {self(), close}, ok end).
Try(send_connect, fun() -> Port ! {self(), {connect, self()}}, ok end).
Try(send_bad, fun() -> Port ! foo end).
Try(send3, fun() -> erlang:send(Port, foo, [nosuspend]) end).
Try(send_nosuspend, fun() -> erlang:send_nosuspend(Port, {self(), {command, "x"}}) end).
Try(control, fun() -> port_control(Port, 0, "now output 0 hidden") end).
Try(call, fun() -> erlang:port_call(Port, 1, {a, term}) end).
Try(close, fun() -> port_close(Port) end).
Try(connect, fun() -> port_connect(Port, self()) end).
Try(set_data, fun() -> erlang:port_set_data(Port, other) end).
Try(get_data, fun() -> erlang:port_get_data(Port) end).
Try(link, fun() -> link(Port) end).
Try(unlink, fun() -> unlink(Port) end).
Try(exit, fun() -> exit(Port, foo) end).
Try(kill, fun() -> exit(Port, kill) end).
Try(monitor, fun() -> is_reference(monitor(port, Port)) end).
Try(whereis, fun() -> whereis(lingerer) end).
Try(register, fun() -> register(lingerer, Port) end).
Try(named, fun() -> lingerer ! foo end).
Try(port_to_list, fun() -> is_list(port_to_list(Port)) end).
io:format("~p~n", [[case M of {down, T, true, R} -> {down, T, R}; {'DOWN', R, T, O, W} -> {'DOWN', is_reference(R), T, O =:= Port, W}; X -> X end || M <- All()]]).
Try(size, fun() -> erlang:port_info(Port, queue_size) end).
Try(deq, fun() -> port_control(Port, 0, "now deq 2") end).
Try(size, fun() -> erlang:port_info(Port, queue_size) end).
Try(enq, fun() -> port_control(Port, 0, "now enq 2 xy") end).
Try(deq, fun() -> port_control(Port, 0, "now deq 5") end).
Try(info, fun() -> erlang:port_info(Port) end).
Try(control, fun() -> port_control(Port, 0, "now none 0") end).
Try(call, fun() -> erlang:port_call(Port, 1, x) end).
io:format("~p~n", [All()]).
