%% Converting times near the least that there is.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_each").
Step(a, fun(_) -> open_port({spawn_driver, "differ_each"}, []) end).
Time = fun(T, From, To) -> "time " ++ lists:flatten(lists:join(" ", [integer_to_list(N) || N <- [T, From, To]])) ++ ";" end.
Least = -(1 bsl 63).
[Step(a, fun(P) -> port_control(P(1), 7, [Time(T, From, To) || From <- [0, 1, 2, 3], To <- [0, 1, 2, 3]]) end) || T <- [Least, Least + 1, Least + 999999999, -1001, -1000, -1, 0, 999, -Least - 1]].
End().
