%% Links, monitors, exit signals and their reasons between processes.
process_flag(trap_exit, true).
Say = fun(W) -> io:format("~p~n", [W]) end.
Get = fun() -> receive M -> setelement(2, M, x) after 1000 -> nothing end end.
Wait = fun() -> receive stop -> ok end end.
[begin {A, R} = spawn_monitor(fun() -> receive after infinity -> ok end end), exit(A, Why), receive {'DOWN', R, _, _, X} -> Say({Why, X}) after 20 -> Say({Why, alive}), exit(A, kill), receive {'DOWN', R, _, _, Y} -> Say(Y) end end end || Why <- [kill, killed, normal, shutdown, {a, b}]].
[begin {A, R} = spawn_monitor(fun() -> process_flag(trap_exit, true), receive {'EXIT', _, E} -> exit({got, E}) end end), erlang:yield(), receive after 10 -> ok end, exit(A, Why), receive {'DOWN', R, _, _, X} -> Say({Why, X}) end end || Why <- [kill, normal, shutdown]].
spawn_link(fun() -> ok end), Say(Get()).
spawn_link(fun() -> exit(reason) end), Say(Get()).
spawn_link(fun() -> exit(normal) end), Say(Get()).
A2 = spawn(fun() -> ok end), receive after 10 -> ok end, link(A2), Say(Get()).
R3 = monitor(process, A2), Say(receive {'DOWN', R3, process, A2, W3} -> W3 end).
R4 = monitor(process, no_such_name), Say(receive {'DOWN', R4, process, N4, W4} -> {N4 =:= {no_such_name, node()}, W4} end).
B = spawn_link(Wait), unlink(B), exit(B, reason), Say(receive {'EXIT', B, X5} -> X5 after 20 -> nothing end).
C = spawn(Wait), R6 = monitor(process, C), Say(demonitor(R6)), C ! stop, Say(receive {'DOWN', R6, _, _, _} -> down after 20 -> nothing end).
D = spawn(Wait), R7 = monitor(process, D), D ! stop, receive after 20 -> ok end, Say(demonitor(R7, [flush, info])), Say(receive {'DOWN', R7, _, _, _} -> down after 0 -> nothing end).
E = spawn(Wait), register(somebody, E), Say([whereis(somebody) =:= E, catch register(somebody, self())]), R8 = monitor(process, somebody), somebody ! stop, Say(receive {'DOWN', R8, process, N8, W8} -> {N8 =:= {somebody, node()}, W8} end), Say(whereis(somebody)).
Say([try F() catch error:X -> X end || F <- [fun() -> somebody ! x end, fun() -> register(undefined, self()) end, fun() -> unregister(somebody) end, fun() -> link(x) end, fun() -> exit(x, y) end, fun() -> monitor(process, 12) end, fun() -> demonitor(x) end, fun() -> process_flag(no, x) end]]).
F1 = spawn_opt(fun() -> exit(over) end, [link]), Say(Get()).
{F2, RF} = spawn_opt(fun() -> exit(over) end, [monitor, {priority, high}, {min_heap_size, 1000}]), Say(receive {'DOWN', RF, _, _, W9} -> W9 end).
Say(try spawn_opt(fun() -> ok end, [nonsense]) catch error:X10 -> X10 end).
Chain = fun Chain(0) -> exit(end_of_chain); Chain(N) -> spawn_link(fun() -> Chain(N - 1) end), receive after infinity -> ok end end.
{_, RC} = spawn_monitor(fun() -> Chain(10) end), Say(receive {'DOWN', RC, _, _, WC} -> WC end).
