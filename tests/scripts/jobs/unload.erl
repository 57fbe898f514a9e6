%% threads: real
%% A driver with jobs in flight stays until the last is done.
%% flags: +A 1
D = os:getenv("DRIVERS").
Log = lists:concat([case os:getenv("TMPDIR") of false -> "/tmp"; T -> T end, "/log_", os:getpid(), "_", erlang:unique_integer([positive])]).
os:putenv("TELL_LOG", Log).
ok = erl_ddll:load_driver(D, "job_drv").
P = open_port({spawn_driver, "job_drv"}, []).
[port_control(P, $n, "z slow " ++ N) || N <- ["1", "2"]].
port_close(P).
io:format("~p~n", [erl_ddll:info("job_drv", port_count)]).
{ok, pending_driver, R} = erl_ddll:try_unload("job_drv", [{monitor, pending}]).
io:format("~p~n", [{erl_ddll:info("job_drv", processes), erl_ddll:info("job_drv", awaiting_unload) =:= [{self(), 1}]}]).
{ok, L} = erl_ddll:loaded_drivers().
io:format("~p~n", [lists:member("job_drv", L)]).
receive {'DOWN', R, driver, N, W} -> io:format("~p~n", [{N, W}]) end.
{ok, Text} = file:read_file(Log).
io:format("~p", [lists:sort(string:lexemes(binary_to_list(Text), "\n"))]).
file:delete(Log).
os:unsetenv("TELL_LOG").
io:format("~p~n", [catch erl_ddll:info("job_drv", port_count)]).
