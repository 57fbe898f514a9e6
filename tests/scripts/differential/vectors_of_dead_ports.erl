%% A vector whose first bytes are to be left out is cut only if the port can take it.
{ok, Begin} = file:script(os:getenv("TOOLS")).
{Step, End} = Begin("differ_each").
Open = fun(_) -> open_port({spawn_driver, "differ_each"}, []) end.
[begin Step(a, fun(_) -> process_flag(trap_exit, true) end), Step(a, Open), Step(a, fun(P) -> port_control(P(N), 7, ["exit 0; " | Do]) end) end || {N, Do} <- [{1, "enqv 5 65*y abc"}, {2, "outputv hd 5 65*y abc"}, {3, "bin 0 70; pushqv 5 @0 @0"}, {4, "vec_to_buf 10 abc; outputv - 70 65*y abc"}]].
Step(a, Open).
Step(a, fun(P) -> port_control(P(5), 7, "enq abc; on flush outputv hd 5 65*y abc, enqv 5 65*y abc, outputv hd 99 abc, output x") end).
Step(a, fun(P) -> port_close(P(5)) end).
Step(a, fun(P) -> port_control(P(5), 7, "outputv hd 5 65*y abc; enqv 5 65*y abc; deq 100000; outputv hd 1 abc; sizeq; peekq") end).
End().
