%% Links, monitors and exit signals between ports and processes.
process_flag(trap_exit, true).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "job_drv").
Say = fun(W) -> io:format("~p~n", [W]) end.
Get = fun() -> receive M -> M after 1000 -> nothing end end.
Open = fun() -> open_port({spawn_driver, "job_drv"}, []) end.
P = Open().
Say(erlang:port_info(P, links) =:= {links, [self()]}).
R = erlang:monitor(port, P).
Say(erlang:port_info(P, monitored_by) =:= {monitored_by, [self()]}).
Say(lists:member({port, P}, element(2, process_info(self(), monitors)))).
Say(lists:member(P, element(2, process_info(self(), links)))).
exit(P, normal), Say(Get()).
exit(P, because), Say(Get()), Say(Get()).
Q = Open().
unlink(Q), exit(Q, kill).
Gone = fun Gone(X) -> case erlang:port_info(X) of undefined -> gone; _ -> receive after 5 -> Gone(X) end end end.
Say(Gone(Q)), Say(receive M0 -> M0 after 0 -> nothing end).
R2 = erlang:monitor(port, Q), Say(Get()).
Say(catch link(Q)), Say(receive M1 -> M1 after 50 -> nothing end).
S = Open().
register(a_port, S).
Say([whereis(a_port) =:= S, erlang:port_info(S, registered_name), erlang:port_info(a_port, name)]).
Say(port_control(a_port, $c, "")).
R3 = erlang:monitor(port, a_port).
unregister(a_port), Say(erlang:port_info(S, registered_name)).
register(a_port, S).
{W, RW} = spawn_monitor(fun() -> link(S), receive never -> ok end end).
Linked = fun Linked() -> case erlang:port_info(S, links) of {links, [_, _]} -> ok; _ -> receive after 5 -> Linked() end end end.
Linked(), exit(W, broken).
Say(receive {'DOWN', RW, process, _, X1} -> X1 end).
Say([receive {'EXIT', S, X2} -> X2 end, receive {'DOWN', R3, port, N, X3} -> {N, X3} end]).
Say(whereis(a_port)).
Say([try F() catch error:E -> E end || F <- [fun() -> port_command(a_port, "x") end, fun() -> erlang:port_info(a_port) end, fun() -> register(a_port, S) end, fun() -> a_port ! x end, fun() -> port_close(S) end, fun() -> erlang:port_connect(S, self()) end, fun() -> erlang:monitor(port, nobody) =/= x end]]).
