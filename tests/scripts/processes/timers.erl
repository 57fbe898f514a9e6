%% Timers of Erlang: send_after, start_timer, cancelling, reading, receive with after.
Say = fun(W) -> io:format("~p~n", [W]) end.
Get = fun(T) -> receive M -> M after T -> nothing end end.
erlang:send_after(5, self(), hello), Say(Get(1000)).
R1 = erlang:start_timer(5, self(), hello), Say(receive {timeout, R1, M1} -> M1 end).
R2 = erlang:send_after(100000, self(), hello).
Say(case erlang:read_timer(R2) of L when L > 90000, L =< 100000 -> some; L -> L end).
Say(case erlang:cancel_timer(R2) of L2 when L2 > 90000, L2 =< 100000 -> some; L2 -> L2 end).
Say([erlang:cancel_timer(R2), erlang:read_timer(R2)]).
R3 = erlang:send_after(0, self(), now), Say(Get(1000)), Say(erlang:cancel_timer(R3)).
R4 = erlang:send_after(100000, self(), x), Say(erlang:cancel_timer(R4, [{async, true}])), Say(receive {cancel_timer, R4, L4} when L4 > 90000 -> some end).
R5 = erlang:send_after(100000, self(), x), Say(erlang:cancel_timer(R5, [{async, true}, {info, false}])), Say(Get(20)).
R6 = erlang:send_after(100000, self(), x), Say(erlang:read_timer(R6, [{async, true}])), Say(receive {read_timer, R6, L6} when L6 > 90000 -> some end), erlang:cancel_timer(R6).
R7 = erlang:start_timer(erlang:monotonic_time(millisecond) + 10, self(), later, [{abs, true}]), Say(receive {timeout, R7, M7} -> M7 end).
register(me, self()), erlang:send_after(1, me, by_name), Say(Get(1000)), unregister(me).
erlang:send_after(1, nobody, x), Say(Get(10)).
A = spawn(fun() -> ok end), receive after 10 -> ok end, Say(is_reference(erlang:send_after(1, A, x))).
[Say(try F() catch error:E -> E end) || F <- [fun() -> erlang:send_after(-1, self(), x) end, fun() -> erlang:send_after(a, self(), x) end, fun() -> erlang:send_after(1, "x", x) end, fun() -> erlang:cancel_timer(x) end, fun() -> erlang:cancel_timer(make_ref()) end, fun() -> erlang:read_timer(make_ref()) end, fun() -> erlang:cancel_timer(make_ref(), [x]) end, fun() -> erlang:start_timer(1, self(), x, [{abs, yes}]) end]].
[erlang:send_after(N * 30, self(), N) || N <- [3, 1, 2]], Say([Get(1000), Get(1000), Get(1000)]).
Say(receive never -> 1 after 0 -> 2 end).
self() ! late, Say(receive never -> 1 after 1 -> 2 end), Say(Get(0)).
Say(try receive after -1 -> x end catch error:E2 -> E2 end).
Say(try receive after a -> x end catch error:E3 -> E3 end).
{ok, T} = timer:send_interval(5, tick), [Say(Get(1000)) || _ <- [1, 2, 3]], Say(timer:cancel(T)).
{ok, _} = timer:send_after(5, after_5), Say(receive after_5 -> after_5 after 1000 -> nothing end).
