%% A message with a bitstring of less than a byte is data when the port is free, and none when it has to wait.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_all").
Step(a, fun(_) -> process_flag(trap_exit, true) end).
Step(a, fun(_) -> open_port({spawn_driver, "differ_all"}, []) end).
Step(a, fun(_) -> open_port({spawn_driver, "differ_all"}, [{parallelism, true}]) end).
[[Step(a, fun(P) -> P(N) ! {self(), {command, Data}} end) || N <- [1, 2]] || Data <- [<<1:4>>, [<<1:4>>, "ab"], <<1:9>>, [foo], "ab"]].
Step(b, fun(P) -> P(2) ! {self(), {command, <<1:4>>}} end).
Step(b, fun(P) -> port_command(P(2), <<1:4>>) end).
End().
