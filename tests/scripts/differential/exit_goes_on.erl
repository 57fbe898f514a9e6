%% exit/2 to a port that its caller is linked to: the caller goes on until it waits.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_all").
Step(b, fun(_) -> open_port({spawn_driver, "differ_all"}, [{line, 4}]) end).
Step(b, fun(P) -> exit(P(1), {a, b}) end).
Step(a, fun(_) -> exit(self(), foo) end).
End().
