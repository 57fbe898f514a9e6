%% Control flags that stop sets, in the middle of a control, decide on its answer; those set later do not.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_each").
Step(b, fun(_) -> open_port({spawn_driver, "differ_each"}, []) end).
Step(a, fun(P) -> port_control(P(1), 7, "on stop flags 1; eof; flags 0") end).
Step(c, fun(_) -> open_port({spawn_driver, "differ_each"}, []) end).
Step(a, fun(P) -> port_control(P(2), 7, "eof; flags 1; answer abc") end).
End().
