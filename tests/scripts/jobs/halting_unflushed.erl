%% alone
%% flags: +A 2
%% halt without flushing cuts jobs off.
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "job_drv").
P = open_port({spawn_driver, "job_drv"}, []).
port_control(P, $c, "").
port_control(P, $k, "w 1 one").
port_control(P, $W, "1").
io:format("on the way~n").
receive after 200 -> ok end.
halt(3, [{flush, false}]).
