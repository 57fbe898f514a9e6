%% setuid_drv of yaws: it answers from start.
ok = erl_ddll:load_driver(os:getenv("SETUID_DIR"), "setuid_drv"),
Ask = fun(Command) ->
    case catch open_port({spawn, "setuid_drv " ++ Command}, []) of
        {'EXIT', {Reason, _}} -> io:format("~s: ~p~n", [Command, Reason]);
        P ->
            R = receive {P, {data, D}} -> D after 300 -> nothing end,
            io:format("~s: ~p ~p~n", [Command, R, port_close(P)])
    end end,
[Ask(C) || C <- ["g", "n 0", "n root", "n nobody", "n no such user", "x", ""]],
io:format("unload ~p~n", [erl_ddll:unload_driver("setuid_drv")]).
