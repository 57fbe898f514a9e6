%% flags: +A 3 +S 2:2
%% Environment, errors' names, system information, memory, time, the process id, the time slice.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "world").
Port = open_port({spawn_driver, "world"}, []).
Do = fun(R) -> io:format("~s: ~s~n", [R, port_control(Port, 0, R)]) end.
os:unsetenv("QA_NOTHING"), os:putenv("QA_BAR", "bar"), os:putenv("QA_EMPTY", "").
[Do(R) || R <- ["get QA_BAR 100", "get QA_BAR 4", "get QA_BAR 3", "get QA_BAR 1", "get QA_BAR 0", "get QA_NOTHING 10", "get QA_NOTHING 0", "get QA_EMPTY 1", "get QA_EMPTY 0", "get QA_EMPTY 10"]].
[Do(R) || R <- ["put QA_NEW value with blanks", "get QA_NEW 100", "put QA_NEW", "get QA_NEW 100", "put QA_BAR other", "get QA_BAR 100"]].
io:format("~p~n", [[os:getenv(N) || N <- ["QA_NEW", "QA_BAR", "QA_EMPTY", "QA_NOTHING"]]]).
[Do("errno " ++ integer_to_list(N)) || N <- lists:seq(-1, 135) ++ [511, 512, 9999]].
Do("atom").
[Do("sys " ++ integer_to_list(N)) || N <- [32, 36, 39, 40, 44, 47, 48, 51, 52, 56, 100]].
Do("alloc").
[begin port_control(Port, 0, "os " ++ integer_to_list(N)), io:format("~p~n", [erlang:port_info(Port, os_pid)]) end || N <- [17, 0, -1, 2147483647, -17]].
[Do("slice " ++ integer_to_list(N)) || N <- [100, 101, 1000]].
Do("time").
Do("null").
