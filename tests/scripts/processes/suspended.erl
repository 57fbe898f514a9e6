%% Processes that others have suspended.
T = fun(F) -> try F() catch C:R -> {C, R} end end.
Me = self().
P = spawn(fun F() -> receive {echo, X} -> Me ! X, F(); stop -> ok end end).
N = fun() -> receive X -> X after 50 -> nothing end end.
io:format("~w~n", [erlang:suspend_process(P)]).
P ! {echo, 1}.
io:format("~w ~w~n", [N(), process_info(P, [status, message_queue_len])]).
io:format("~w~n", [process_info(self(), suspending)]).
io:format("~w~n", [erlang:suspend_process(P)]).
io:format("~w~n", [erlang:suspend_process(P, [unless_suspending])]).
io:format("~w~n", [process_info(self(), suspending)]).
io:format("~w~n", [erlang:resume_process(P)]).
io:format("~w~n", [N()]).
io:format("~w~n", [erlang:resume_process(P)]).
io:format("~w~n", [N()]).
io:format("~w~n", [T(fun() -> erlang:resume_process(P) end)]).
io:format("~w~n", [process_info(self(), suspending)]).
io:format("~w~n", [T(fun() -> erlang:suspend_process(self()) end)]).
io:format("~w~n", [T(fun() -> erlang:suspend_process(foo) end)]).
io:format("~w~n", [T(fun() -> erlang:suspend_process(P, [foo]) end)]).
io:format("~w~n", [T(fun() -> erlang:suspend_process(P, foo) end)]).
io:format("~w~n", [erlang:suspend_process(P, [{asynchronous, tag}])]).
io:format("~w~n", [N()]).
io:format("~w~n", [erlang:suspend_process(P, [asynchronous])]).
io:format("~w~n", [erlang:suspend_process(P, [asynchronous, unless_suspending])]).
io:format("~w~n", [erlang:resume_process(P)]).
io:format("~w~n", [erlang:resume_process(P)]).
io:format("~w~n", [process_info(P, status)]).
S = spawn(fun() -> erlang:suspend_process(P), Me ! done, receive stop -> ok end end).
io:format("~w~n", [N()]).
P ! {echo, 2}.
io:format("~w ~w~n", [N(), process_info(P, status)]).
S ! stop.
io:format("~w~n", [N()]).
erlang:suspend_process(P).
exit(P, kill).
io:format("~w~n", [is_process_alive(P)]).
io:format("~w~n", [process_info(self(), suspending)]).
io:format("~w~n", [T(fun() -> erlang:resume_process(P) end)]).
io:format("~w~n", [T(fun() -> erlang:suspend_process(P) end)]).
io:format("~w~n", [T(fun() -> erlang:suspend_process(P, [{asynchronous, t}]) end)]).
io:format("~w~n", [N()]).
L = spawn(fun L() -> put(n, case get(n) of undefined -> 0; Count -> Count + 1 end), L() end).
erlang:suspend_process(L).
io:format("~w~n", [process_info(L, status)]).
{dictionary, Before} = process_info(L, dictionary).
timer:sleep(20).
{dictionary, After} = process_info(L, dictionary).
io:format("~w~n", [Before =:= After]).
erlang:resume_process(L).
Moves = fun Moves(Old) -> case process_info(L, dictionary) of {dictionary, Old} -> Moves(Old); _ -> moves end end.
io:format("~w~n", [Moves(After)]).
exit(L, kill).
