%% Whoever asks a process sees what its own earlier signals have done.
P = spawn(fun() -> receive stop -> ok end end).
exit(P, kill).
io:format("~p~n", [is_process_alive(P)]).
io:format("~p~n", [process_info(P)]).
Q = spawn(fun F() -> receive {set, X} -> put(k, X), F(); stop -> ok end end).
Q ! {set, 1}.
timer:sleep(10).
io:format("~p ~p~n", [process_info(Q, messages), process_info(Q, dictionary)]).
[Q ! N || N <- [1,2,3]].
io:format("~p~n", [process_info(Q, [messages, message_queue_len])]).
R = spawn(fun() -> process_flag(trap_exit, true), receive stop -> ok end end).
timer:sleep(10).
link(R). 
io:format("~p~n", [lists:member(self(), element(2, process_info(R, links)))]).
Ref = monitor(process, R).
io:format("~p~n", [process_info(R, monitored_by) =:= {monitored_by, [self()]}]).
unlink(R).
io:format("~p~n", [lists:member(self(), element(2, process_info(R, links)))]).
Me = self().
[begin
     S = spawn(fun() -> receive X -> Me ! X end end),
     exit(S, Reason),
     false = is_process_alive(S)
 end || Reason <- [kill, boom, {a, b}], _ <- lists:seq(1, 50)].
T = spawn(fun() -> process_flag(trap_exit, true), Me ! ready, receive stop -> ok end end).
receive ready -> ok end.
[exit(T, N) || N <- [1, 2, 3]].
io:format("~p~n", [process_info(T, [message_queue_len, links])]).
T ! stop.
io:format("~p~n", [process_info(self(), suspending)]).
Busy = spawn(fun F() -> F() end).
[begin register(busy, Busy), {registered_name, busy} = process_info(Busy, registered_name), unregister(busy) end || _ <- lists:seq(1, 20)].
exit(Busy, kill).
io:format("~p ~p~n", [is_process_alive(Busy), process_info(Busy, status)]).
