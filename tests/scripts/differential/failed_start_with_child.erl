%% A start that fails after it has made another port: that port lives on.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_each").
Step(a, fun(_) -> open_port({spawn_driver, "differ_each child a - null; ret -2 2"}, [binary]) end).
Step(b, fun(P) -> port_control(P(1), 7, "output hello") end).
Step(a, fun(_) -> open_port({spawn_driver, "differ_each child a - hi; ret -3"}, []) end).
End().
