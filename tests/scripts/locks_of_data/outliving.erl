%% flags: +A 1
%% A job uses the lock after its port has closed.
Log = lists:concat([case os:getenv("TMPDIR") of false -> "/tmp"; T -> T end, "/log_", os:getpid(), "_", erlang:unique_integer([positive])]).
os:putenv("TELL_LOG", Log).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "pdl_drv").
W = open_port({spawn_driver, "pdl_drv"}, []).
P = open_port({spawn_driver, "pdl_drv"}, []).
port_control(P, $p, "").
port_control(P, $h, "").
port_control(P, $w, "1").
port_close(P).
port_control(W, $o, "").
port_close(W).
ok = erl_ddll:unload_driver("pdl_drv").
{ok, Text} = file:read_file(Log).
io:format("~s", [Text]).
file:delete(Log).
os:unsetenv("TELL_LOG").
