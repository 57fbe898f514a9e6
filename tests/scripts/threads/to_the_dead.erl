%% threads: real
%% Threads that send to a process that dies, and through a port that closes.
Log = lists:concat([case os:getenv("TMPDIR") of false -> "/tmp"; T -> T end, "/log_", os:getpid(), "_", erlang:unique_integer([positive])]).
os:putenv("TELL_LOG", Log).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "thread_drv").
Self = self().
{Pid, Ref} = spawn_monitor(fun() ->
    P = open_port({spawn_driver, "thread_drv"}, []),
    port_control(P, $c, "k 3 0"),
    [receive {thread, "tick"} -> ok end || _ <- lists:seq(1, 20)],
    Self ! {port, P},
    exit(enough)
end).
P = receive {port, X} -> X end.
receive {'DOWN', Ref, process, Pid, R} -> io:format("~p~n", [R]) end.
Gone = fun Gone() -> case erlang:port_info(P) of undefined -> gone; _ -> receive after 5 -> Gone() end end end.
io:format("~p~n", [Gone()]).
{Pid2, Ref2} = spawn_monitor(fun() ->
    P2 = open_port({spawn_driver, "thread_drv"}, []),
    port_control(P2, $c, "l 1 0"),
    exit(enough)
end).
receive {'DOWN', Ref2, process, Pid2, R2} -> io:format("~p~n", [R2]) end.
io:format("~p~n", [erl_ddll:unload_driver("thread_drv")]).
{ok, Text} = file:read_file(Log).
io:format("~s", [Text]).
file:delete(Log).
os:unsetenv("TELL_LOG").
