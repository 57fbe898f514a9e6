%% process_info and port_info of things that are known.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "job_drv").
Say = fun(W) -> io:format("~p~n", [W]) end.
Self = self().
A = spawn(fun F() -> receive {do, G} -> Self ! {did, G()}, F() end end).
Do = fun(G) -> A ! {do, G}, receive {did, V} -> V end end.
Do(fun() -> ok end), receive after 50 -> ok end.
[Say(process_info(A, I)) || I <- [registered_name, trap_exit, links, monitors, monitored_by, message_queue_len, messages, priority, dictionary, status, initial_call, error_handler, suspending, sequential_trace_token, message_queue_data]].
A ! one, A ! {two, 2}.
Say(process_info(A, [message_queue_len, messages])).
Do(fun() -> put(key, value), register(name, self()), process_flag(trap_exit, true), process_flag(priority, high) end).
Say(process_info(A, [dictionary, registered_name, trap_exit, priority])).
P = Do(fun() -> open_port({spawn_driver, "job_drv some words"}, []) end).
Say(process_info(A, links) =:= {links, [P]}).
monitor(process, A), Do(fun() -> ok end).
Say(process_info(A, monitored_by) =:= {monitored_by, [self()]}).
Say(Do(fun() -> monitor(process, Self), element(2, process_info(self(), monitors)) end) =:= [{process, self()}]).
Say(try process_info(A, nonsense) catch error:E -> E end).
Say(process_info(A, [])).
[Say({I, case erlang:port_info(P, I) of {I, [X]} when X =:= A -> [owner]; {I, X} when X =:= A -> owner; V -> V end}) || I <- [name, links, connected, input, output, os_pid, monitors, monitored_by, queue_size, parallelism, locking, registered_name]].
Say(try erlang:port_info(P, nonsense) catch error:E2 -> E2 end).
Say([K || {K, _} <- erlang:port_info(P)]).
Say(lists:member(P, erlang:ports())).
exit(A, kill).
Gone = fun Gone() -> case {process_info(A), erlang:port_info(P)} of {undefined, undefined} -> gone; _ -> receive after 5 -> Gone() end end end.
Say(Gone()).
Say([is_process_alive(A), process_info(A, links), erlang:port_info(P, links), erlang:port_info(P)]).
