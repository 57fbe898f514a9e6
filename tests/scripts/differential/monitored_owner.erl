%% A process that a port is linked to and its driver monitors ends: process_exit comes first.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_each").
Step(a, fun(_) -> open_port({spawn_driver, "differ_each monitor owner 2; on process_exit about, output bye"}, []) end).
Step(b, fun(P) -> P(1) ! {whereis(a), {connect, foo}} end).
Step(b, fun(_) -> open_port({spawn_driver, "differ_each monitor owner 1; on process_exit child c - hi, enq abc"}, []) end).
Step(b, fun(_) -> exit(self(), kill) end).
End().
