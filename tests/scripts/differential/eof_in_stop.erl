%% driver_failure_eof and its relatives in stop, and while a closed port's queue is emptied: of no effect, or the end.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_each").
Step(a, fun(_) -> process_flag(trap_exit, true) end).
Open = fun(Options) -> Step(a, fun(_) -> open_port({spawn_driver, "differ_each"}, Options) end) end.
Do = fun(N, What) -> Step(b, fun(P) -> port_control(P(N), 7, What) end) end.
Open([eof]), Do(1, "on stop eof, fail 0, output bye"), Step(a, fun(P) -> port_close(P(1)) end).
Open([]), Do(2, "on stop eof, fail_atom boom, exit 2, output bye"), Step(a, fun(P) -> port_close(P(2)) end).
Open([eof, {line, 5}]), Do(3, "output ab; eof; output cd; on stop output ef, eof, output gh~0a"), Step(a, fun(P) -> P(3) ! {self(), close} end).
Open([{line, 5}]), Do(4, "output ab; on stop output cd, eof, output gh~0a"), Step(a, fun(P) -> P(4) ! {self(), close} end).
Open([eof]), Do(5, "enq abc; on flush eof, output x, about; on stop output bye"), Step(a, fun(P) -> P(5) ! {self(), close} end).
Open([eof, {line, 5}]), Do(6, "enq abc; output ab"), Step(a, fun(P) -> P(6) ! {self(), close} end), Do(6, "output cd; eof; about").
Open([eof, {line, 5}]), Do(7, "output ab; fail_atom boom; eof; output cd").
End().
