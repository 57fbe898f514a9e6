%% Term words are equal for equal terms; flags; names of error numbers; the os_pid of a port; the environment.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "clock_drv").
P = open_port({spawn_driver, "clock_drv"}, []).
B = open_port({spawn_driver, "clock_drv"}, [binary, {line, 10}]).
io:format("~s ~s~n", [port_control(P, $p, ""), port_control(B, $p, "")]).
io:format("~s ~s~n", [port_control(P, $g, ""), port_control(B, $g, "")]).
io:format("~s~n", [port_control(P, $e, "0 1 2 11 13 22 32 104 110 111 9999 -1 4 9 98 115")]).
Pid = fun(A) -> port_control(P, $u, A), erlang:port_info(P, os_pid) end.
io:format("~p~n", [[Pid(A) || A <- ["0", "17", "-1", "123456"]]]).
io:format("~s~n", [port_control(P, $S, "")]).
io:format("~s~n", [port_control(P, $P, "OF_THE_DRIVER text")]).
io:format("~p~n", [os:getenv("OF_THE_DRIVER")]).
os:putenv("OF_ERLANG", "bar").
[io:format("~s~n", [port_control(P, $E, A)]) || A <- ["20 OF_ERLANG", "4 OF_ERLANG", "3 OF_ERLANG", "0 OF_ERLANG", "10 NOT_SET_AT_ALL", "30 OF_THE_DRIVER"]].
os:unsetenv("OF_ERLANG"), os:unsetenv("OF_THE_DRIVER").
io:format("~s~n", [port_control(P, $E, "20 OF_ERLANG")]).
[port_close(X) || X <- [P, B]].
