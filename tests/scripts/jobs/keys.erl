%% flags: +A 4
%% The key of a job is written back modulo the number of async threads; ids grow by one.
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "job_drv").
P = open_port({spawn_driver, "job_drv"}, []).
[io:format("~s~n", [port_control(P, $k, "p " ++ integer_to_list(K) ++ " j")]) || K <- [0, 1, 2, 3, 4, 5, 7, 4294967295, 4294967294]].
[receive {P, {data, "ready j"}} -> ok end || _ <- lists:seq(1, 9)].
io:format("~s~n", [port_control(P, $b, "")]).
io:format("~s~n", [port_control(P, $n, "p no key")]).
receive M -> io:format("~p~n", [M]) end.
io:format("~p~n", [port_control(P, $q, "") =:= erlang:port_to_list(P)]).
io:format("~p~n", [erlang:system_info(thread_pool_size)]).
port_close(P).
