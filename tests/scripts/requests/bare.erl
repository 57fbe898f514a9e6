%% A driver without callbacks: what works, and what does not.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "bare").
process_flag(trap_exit, true).
Port = open_port({spawn_driver, "bare with arguments"}, [binary, {line, 3}]).
Try = fun(N, F) -> io:format("~p: ~p~n", [N, try F() catch C:R:S -> {C, R, element(4, hd(S))} end]) end.
Try(command, fun() -> port_command(Port, "abc") end).
Try(empty, fun() -> port_command(Port, "") end).
Try(bad, fun() -> port_command(Port, bad) end).
Try(command3, fun() -> port_command(Port, "abc", [nosuspend]) end).
Try(force, fun() -> port_command(Port, "abc", [force]) end).
Try(control, fun() -> port_control(Port, 1, "abc") end).
Try(call, fun() -> erlang:port_call(Port, 1, abc) end).
Try(info, fun() -> [I || {K, _} = I <- erlang:port_info(Port), K =/= id, K =/= links, K =/= connected] end).
[Try(I, fun() -> erlang:port_info(Port, I) end) || I <- [locking, parallelism, queue_size, monitors, monitored_by, memory]].
Try(send, fun() -> Port ! {self(), {command, "xyz"}}, erlang:port_info(Port, output) end).
Try(connect, fun() -> Port ! {self(), {connect, self()}}, receive {Port, M} -> M end end).
Try(bad_message, fun() -> Port ! foo, receive {'EXIT', Port, R} -> R end end).
Try(close, fun() -> Port ! {self(), close}, receive {'EXIT', Port, R} -> R end end).
receive {Port, M} -> io:format("~p~n", [M]) end.
