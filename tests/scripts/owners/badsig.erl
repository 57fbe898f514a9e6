%% Messages that no port understands hit the owner, linked or not, trapping or not.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
Main = self().
Try = fun(Trap, Link, Message) ->
    {Pid, Mon} = spawn_monitor(fun() -> P = open_port({spawn_driver, "echo"}, []), process_flag(trap_exit, Trap), [unlink(P) || not Link], Main ! {port, P},
        receive {'EXIT', P, R} -> Main ! {got, R}, receive go -> ok end; {P, M} -> exit({message, M}); go -> exit(spared) end end),
    receive {port, P} -> ok end,
    P ! Message(Pid),
    Got = receive {got, G} -> Pid ! go, {got, G} after 0 -> Pid ! go, nothing end,
    Why = receive {'DOWN', Mon, _, _, W} -> W end,
    Got2 = case Got of nothing -> receive {got, G2} -> {got, G2} after 0 -> nothing end; _ -> Got end,
    Unlinked = not Link andalso erlang:port_info(P, name) =/= undefined,
    io:format("~p ~p: ~p ~p ~p~n", [Trap, Link, Got2, Why, Unlinked]),
    catch port_close(P)
end.
[Try(Trap, Link, M) || Trap <- [true, false], Link <- [true, false], M <- [fun(_) -> foo end, fun(_) -> {self(), {command, "x"}} end, fun(O) -> {O, {command, bad}} end, fun(_) -> {self(), close} end, fun(O) -> {O, {connect, foo}} end]].
