%% Who monitors a process or a port is listed newest first.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_each").
Step(a, fun(_) -> open_port({spawn_driver, "differ_each monitor owner 2"}, []) end).
Step(b, fun(_) -> monitor(process, whereis(a)) end).
Step(c, fun(_) -> monitor(process, whereis(a)) end).
Step(a, fun(_) -> process_info(whereis(a), monitored_by) end).
Step(b, fun(P) -> monitor(port, P(1)) end).
Step(c, fun(P) -> monitor(port, P(1)) end).
Step(a, fun(P) -> erlang:port_info(P(1), monitored_by) end).
End().
