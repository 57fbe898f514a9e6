%% A port that fails before its driver has acknowledged it is opened, even if the failure is only an end of file.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_ack").
Open = fun(Do, Options) -> Step(a, fun(_) -> open_port({spawn_driver, "differ_ack on timeout " ++ Do ++ "; set_timer 0"}, Options) end) end.
Step(a, fun(_) -> process_flag(trap_exit, true) end).
Open("fail 0", [eof, {line, 4}]).
Step(a, fun(P) -> port_control(P(1), 7, "output hello; ack; about") end).
Open("output ab, eof, output cd, ack", [eof, {line, 4}]).
Open("fail 0", []).
Open("eof, refuse -1", [eof]).
Open("fail_atom boom, ack", []).
Open("exit 2", []).
End().
