%% Ends from within flush, timeout, stop and call, with and without data in the queue.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "failing").
process_flag(trap_exit, true).
Reader = open_port({spawn_driver, "failing"}, []).
All = fun All(Port) -> receive {'EXIT', Port, R} -> [{'EXIT', R} | All(Port)]; {Port, A, N} -> [{A, N} | All(Port)]; {Port, D} -> [D | All(Port)] after 0 -> [] end end.
Gone = fun Gone(Port) -> case erlang:port_info(Port, name) of undefined -> ok; _ -> timer:sleep(1), Gone(Port) end end.
Try = fun(Name, Requests, End) ->
    Port = open_port({spawn_driver, "failing"}, []),
    io:format("~s: ~p~n", [Name, [case R of "now " ++ Now -> port_control(Port, 1, Now); _ -> port_control(Port, 0, R) end || R <- Requests]]),
    io:format("  ~p~n", [catch End(Port)]),
    Gone(Port),
    io:format("  ~p~n  ~s~n", [All(Port), port_control(Reader, 2, "")])
end.
Close = fun(P) -> port_close(P) end.
Message = fun(P) -> P ! {self(), close}, ok end.
Exit = fun(R) -> fun(P) -> exit(P, R) end end.
Timer = fun(P) -> port_control(P, 1, "timer 0") end.
[Try("close", [], End) || End <- [Close, Exit(normal), Exit(kill), Exit({a, b}), Exit("s")]].
Try("close message", [], Message).
[Try(How, ["flush " ++ How, "now enq 3 abc"], Close) || How <- ["atom 0 boom", "eof 0", "exit 0", "deq 3", "twice 0"]].
Try("flush keeps, timeout takes", ["timeout deq 3", "now enq 3 abc", "now timer 10"], Close).
Try("flush keeps, timeout fails", ["timeout atom 0 late", "now enq 3 abc", "now timer 10"], Close).
Try("close message with a queue", ["flush deq 3", "now enq 3 abc"], Message).
Try("close message with a queue, failed", ["flush exit 0", "now enq 3 abc"], Message).
Try("close message, timer", ["timeout deq 3", "now enq 3 abc", "now timer 10"], Message).
Try("killed with a queue", ["now enq 3 abc"], Exit(kill)).
Try("exit with a queue", ["flush deq 2", "now enq 3 abc"], fun(P) -> exit(P, foo), port_control(P, 1, "deq 1") end).
Try("output in flush", ["flush output 0 flushed", "now enq 3 abc"], fun(P) -> port_close(P), port_control(P, 1, "deq 3") end).
Try("output in stop", ["stop output 0 stopped"], Close).
Try("more in flush", ["flush enq 1 z", "now enq 3 abc"], fun(P) -> port_close(P), {port_control(P, 1, "deq 3"), port_control(P, 1, "deq 1")} end).
Try("killed while it lingers", ["flush none 0", "now enq 3 abc"], fun(P) -> port_close(P), exit(P, kill), {erlang:port_info(P, queue_size), port_control(P, 1, "exit 0")} end).
Try("call while it lingers", ["call deq 3", "now enq 3 abc"], fun(P) -> port_close(P), erlang:port_call(P, 7, {some, term}) end).
Try("call that fails it while it lingers", ["call atom 0 boom", "now enq 3 abc"], fun(P) -> port_close(P), erlang:port_call(P, 7, {some, term}) end).
[Try("stop " ++ How, ["stop " ++ How], Close) || How <- ["atom 0 boom", "exit 0", "enq 3 abc", "timer 5", "eof 0", "busy 0"]].
[Try("timeout " ++ How, ["timeout " ++ How], Timer) || How <- ["atom 0 boom", "exit 0", "eof 0", "twice 0", "twice 1", "failure 12"]].
Owner = fun(Reason, Requests) ->
    Main = self(),
    {Pid, Ref} = spawn_monitor(fun() -> P = open_port({spawn_driver, "failing"}, []), [port_control(P, case R of "now " ++ _ -> 1; _ -> 0 end, case R of "now " ++ Now -> Now; _ -> R end) || R <- Requests], Main ! {port, P}, exit(Reason) end),
    receive {port, P} -> ok end, receive {'DOWN', Ref, _, _, Why} -> io:format("owner ~p~n", [Why]) end,
    Gone(P),
    io:format("  ~s~n", [port_control(Reader, 2, "")])
end.
[Owner(R, []) || R <- [normal, kill, boom, {a, b}]].
[Owner(R, ["flush deq 3", "now enq 3 abc"]) || R <- [normal, kill, boom, killed]].
