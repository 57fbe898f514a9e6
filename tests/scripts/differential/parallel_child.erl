%% A port that start makes inherits the parallelism of the port that is being opened.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_bare").
Step(a, fun(_) -> open_port({spawn_driver, "differ_bare child owner kid hi"}, [{parallelism, true}]) end).
Step(a, fun(P) -> [erlang:port_info(P(N), parallelism) || N <- [1, 2]] end).
End().
