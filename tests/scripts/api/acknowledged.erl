%% open_port waits for the driver's acknowledgement.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "ack").
process_flag(trap_exit, true).
All = fun All() -> receive M -> [case M of {P, A, B} when is_port(P) -> {A, B}; {'EXIT', P, R} when is_port(P) -> {exit, R}; {P, A} when is_port(P) -> A; _ -> M end | All()] after 50 -> [] end end.
Try = fun(Command) ->
    self() ! waiting,
    R = try open_port({spawn_driver, "ack " ++ Command}, []) of P -> {opened, try port_control(P, 0, "") catch C:E -> {C, E} end, try port_close(P) catch C:E -> {C, E} end} catch C:E:S -> {C, E, element(2, hd(S)), element(4, hd(S))} end,
    io:format("~s: ~p~n  ~p~n", [Command, R, All()])
end.
[Try(C) || C <- ["ok", "other", "result -1", "result -2", "result -3", "failure", "exit 0", "exit 2", "at_once -1", "at_once -3"]].
