%% In stop, after the driver has failed its port, the queue's bytes count for nothing, but can still be seen.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_all").
Step(a, fun(_) -> process_flag(trap_exit, true) end).
Open = fun(_) -> open_port({spawn_driver, "differ_all bin 0 70; enq_bin 0:3:9; pushq abc"}, []) end.
Do = fun(N, What) -> Step(b, fun(P) -> port_control(P(N), 7, What) end) end.
Step(a, Open), Do(1, "on stop peekqv, peekq, sizeq, deq 1, deq 0; fail_posix 2").
Step(a, Open), Do(2, "on stop enq xy, peekqv, deq 1, deq 2, peekq; eof").
Step(a, Open), Do(3, "on stop peekq, sizeq, deq 12, peekqv; on flush fail 5, sizeq"), Step(b, fun(P) -> port_close(P(3)) end).
Step(a, Open), Do(4, "on stop peekq, sizeq"), Step(b, fun(P) -> exit(P(4), kill) end).
Step(a, Open), Do(5, "pdl; on stop peekq, sizeq; exit 0").
End().
