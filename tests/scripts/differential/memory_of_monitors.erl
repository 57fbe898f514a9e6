%% What a port's links and monitors add to its memory: one of them counts.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_each").
Memory = fun(P) -> erlang:port_info(P(1), memory) end.
Step(a, fun(_) -> open_port({spawn_driver, "differ_each monitor caller 2"}, []) end).
Step(b, Memory).
Step(b, fun(P) -> port_control(P(1), 7, "monitor caller 1") end).
Step(b, Memory).
Step(b, fun(P) -> register(named, P(1)), monitor(port, named) end).
Step(b, Memory).
Step(a, fun(P) -> unlink(P(1)) end).
Step(b, Memory).
End().
