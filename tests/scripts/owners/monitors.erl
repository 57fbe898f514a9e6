%% Monitors of ports: by identifier and name, tags, reasons, demonitor, and the order of what arrives.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "failing").
process_flag(trap_exit, true).
Open = fun() -> open_port({spawn_driver, "failing"}, []) end.
All = fun All() -> receive M -> [M | All()] after 0 -> [] end end.
Show = fun(P, Refs, Ms) -> [case M of {'EXIT', P, R} -> {exit, R}; {'DOWN', R, T, O, W} -> {down, proplists:get_value(R, Refs), T, case O of P -> port; _ -> O end, W}; {Tag, R, T, P, W} -> {Tag, proplists:get_value(R, Refs), T, W}; {P, X} -> X; {P, X, Y} -> {X, Y} end || M <- Ms] end.
Try = fun(Close) ->
    P = Open(), register(monitored, P),
    Refs = [{monitor(port, P), one}, {monitor(port, monitored), two}, {monitor(port, {monitored, node()}), three}, {monitor(port, P), four}, {monitor(port, P, [{tag, tagged}]), five}],
    Off = monitor(port, P), true = demonitor(Off),
    Said = Close(P),
    io:format("~p~n  ~p~n", [Said, Show(P, Refs, All())])
end.
[Try(F) || F <- [fun(P) -> port_close(P) end, fun(P) -> P ! {self(), close}, ok end, fun(P) -> exit(P, kill) end, fun(P) -> exit(P, boom) end, fun(P) -> exit(P, 17) end, fun(P) -> exit(P, {a, b}) end, fun(P) -> exit(P, "str") end, fun(P) -> exit(P, <<"bin">>) end, fun(P) -> exit(P, 1.5) end, fun(P) -> exit(P, 1 bsl 59) end, fun(P) -> exit(P, (1 bsl 59) - 1) end, fun(P) -> exit(P, []) end, fun(P) -> exit(P, #{}) end, fun(P) -> exit(P, {}) end,
    fun(P) -> port_control(P, 1, "atom 0 x") end, fun(P) -> port_control(P, 1, "failure 5") end, fun(P) -> port_control(P, 1, "exit 0") end, fun(P) -> port_control(P, 1, "exit 2") end]].
P1 = Open().
R1 = monitor(port, P1).
io:format("~p ~p~n", [demonitor(R1, [info]), demonitor(R1, [info])]).
R2 = monitor(port, P1).
port_close(P1).
io:format("~p~n", [demonitor(R2, [info, flush])]).
R3 = monitor(port, P1).
io:format("~p ~p~n", [demonitor(R3, [flush]), [case M of {'EXIT', P1, R} -> R; {P1, X, Y} -> {X, Y}; X -> X end || M <- All()]]).
Bad = fun(F) -> try F() catch C:R:S -> {C, R, element(2, hd(S)), element(4, hd(S))} end end.
[io:format("~p~n", [Bad(F)]) || F <- [fun() -> monitor(port, self()) end, fun() -> monitor(process, P1) end, fun() -> monitor(port, 17) end, fun() -> monitor(foo, P1) end, fun() -> monitor(port, {a, b}) end, fun() -> monitor(port, P1, [foo]) end, fun() -> monitor(port, P1, foo) end, fun() -> demonitor(foo) end, fun() -> demonitor(make_ref()) end, fun() -> demonitor(make_ref(), [info]) end, fun() -> monitor(17, P1) end]].
%% the name is bound when monitor is called
P2 = Open(), register(moving, P2), R4 = monitor(port, moving), unregister(moving).
P3 = Open(), register(moving, P3).
port_close(P2).
receive {'DOWN', R4, T4, O4, W4} -> io:format("~p ~p ~p~n", [T4, O4, W4]) end.
%% several processes
Main = self().
Watchers = [spawn(fun() -> R = monitor(port, P3), Main ! ready, receive {'DOWN', R, _, _, W} -> Main ! {watched, W} end end) || _ <- lists:seq(1, 20)].
[receive ready -> ok end || _ <- Watchers].
{monitored_by, By} = erlang:port_info(P3, monitored_by).
io:format("~p~n", [lists:sort(By) =:= lists:sort(Watchers)]).
exit(hd(Watchers), kill).
Wait = fun W() -> {monitored_by, B} = erlang:port_info(P3, monitored_by), case length(B) of 19 -> ok; _ -> erlang:yield(), W() end end.
Wait().
port_close(P3).
io:format("~p~n", [lists:usort([receive {watched, W} -> W end || _ <- tl(Watchers)])]).
