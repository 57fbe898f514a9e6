%% Processes, messages, links, monitors, timers.
Self = self().
Echo = spawn(fun Loop() -> receive {From, stop} -> From ! stopped; {From, M} -> From ! {echo, M}, Loop() end end).
[begin Echo ! {Self, X}, receive {echo, Y} -> io:format("~p~n", [Y]) end end || X <- [1, two, "three"]].
Echo ! {Self, stop}, receive stopped -> io:format("stopped~n") after 1000 -> io:format("late~n") end.
self() ! b, self() ! a, receive a -> io:format("a first~n") end, receive Other -> io:format("then ~p~n", [Other]) end.
receive nothing -> ok after 10 -> io:format("timeout~n") end.
{_, Ref} = spawn_monitor(fun() -> exit(goodbye) end), receive {'DOWN', Ref, process, _, Why} -> io:format("~p~n", [Why]) end.
{_, Ref2} = spawn_monitor(fun() -> error(oops) end), receive {'DOWN', Ref2, process, _, {Why2, [_ | _]}} -> io:format("~p~n", [Why2]) end.
{_, Ref3} = spawn_monitor(fun() -> throw(ball) end), receive {'DOWN', Ref3, process, _, {Why3, _}} -> io:format("~p~n", [Why3]) end.
process_flag(trap_exit, true).
L1 = spawn_link(fun() -> exit(linked) end), receive {'EXIT', L1, R1} -> io:format("~p~n", [R1]) end.
L2 = spawn_link(fun() -> receive after infinity -> ok end end), exit(L2, kill), receive {'EXIT', L2, R2} -> io:format("~p~n", [R2]) end.
L3 = spawn_link(fun() -> ok end), receive {'EXIT', L3, R3} -> io:format("~p~n", [R3]) end.
process_flag(trap_exit, false).
register(me, self()), me ! hi, receive hi -> io:format("registered ~p~n", [whereis(me) =:= self()]) end, unregister(me), io:format("~p~n", [whereis(me)]).
T = erlang:send_after(20, self(), tick), io:format("~p~n", [is_integer(erlang:read_timer(T))]), receive tick -> io:format("tick~n") end.
T2 = erlang:start_timer(5000, self(), msg), io:format("~p~n", [is_integer(erlang:cancel_timer(T2))]), io:format("~p~n", [erlang:cancel_timer(T2)]).
T3 = erlang:start_timer(1, self(), ping), receive {timeout, T3, ping} -> io:format("ping~n") end.
put(k, 1), put(k, 2), io:format("~p ~p ~p~n", [get(k), erase(k), get(k)]).
Workers = [spawn(fun() -> receive go -> Self ! {N, N * N} end end) || N <- lists:seq(1, 10)], [W ! go || W <- Workers].
io:format("~p~n", [lists:sort([receive {N, Sq} -> {N, Sq} end || N <- lists:seq(1, 10)])]).
io:format("~p~n", [[receive X -> X after 0 -> none end]]).
io:format("~p ~p~n", [is_process_alive(self()), is_process_alive(L3)]).
io:format("~p~n", [process_info(self(), message_queue_len)]), io:format("~p~n", [process_info(L3)]).
Ring = fun Make(0, Last) -> Last; Make(N, Next) -> Make(N - 1, spawn(fun() -> receive X -> Next ! X + 1 end end)) end.
Ring(100, self()) ! 0, receive Count -> io:format("ring ~p~n", [Count]) end.
{Time, Val} = timer:tc(fun() -> timer:sleep(20), done end), io:format("~p ~p~n", [Time >= 20000, Val]).
timer:send_after(10, later), receive later -> io:format("later~n") after 1000 -> io:format("never~n") end.
io:format("~p~n", [try spawn(foo) catch error:E -> E end]), io:format("~p~n", [try register(undefined, self()) catch error:E2 -> E2 end]).
M = monitor(process, nosuch), receive {'DOWN', M, process, {nosuch, _}, noproc} -> io:format("noproc~n") end.
D = monitor(process, self()), io:format("~p ~p~n", [demonitor(D, [flush, info]), demonitor(D)]).
Busy = spawn(fun Spin() -> Spin() end), io:format("still here~n"), exit(Busy, kill), io:format("~p~n", [is_pid(Busy)]).
io:format("~p~n", [apply(lists, reverse, [[1, 2]])]), io:format("~p~n", [apply(fun(A, B) -> A + B end, [1, 2])]).
