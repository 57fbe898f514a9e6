%% trace_ip_drv as dbg uses it: one client at a time is served what was queued for it. Python is the client.
ok = erl_ddll:load_driver(os:getenv("TRACE_DIR"), "trace_ip_drv"),
P = open_port({spawn, "trace_ip_drv 0 10 2"}, [eof]),
[port_command(P, term_to_binary({early, N})) || N <- lists:seq(1, 15)],
<<0, Number:16>> = port_control(P, $p, ""),
ok = file:write_file(os:getenv("SCRATCH") ++ "/port", integer_to_list(Number)),
Until = fun Again(Name) ->
    case file:read_file(os:getenv("SCRATCH") ++ "/" ++ Name) of {ok, _} -> ok; _ -> timer:sleep(10), Again(Name) end end,
Until("connected"),
[port_command(P, term_to_binary({late, N})) || N <- lists:seq(1, 3)],
Until("enough"),
io:format("close ~p~n", [port_close(P)]),
io:format("unload ~p~n", [erl_ddll:unload_driver("trace_ip_drv")]).
