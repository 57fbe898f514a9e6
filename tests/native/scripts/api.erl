%% Every function of the driver API, chapter by chapter: what they answer, and what they send.
process_flag(trap_exit, false),
ok = erl_ddll:load_driver(os:getenv("API_DIR"), "api_drv"),
Messages = fun Rest(P) -> receive
    {P, M} -> io:format("sent ~p~n", [M]), Rest(P);
    P1 when is_port(P1) -> io:format("sent a port~n"), Rest(P);
    P1 when is_pid(P1) -> io:format("sent a pid~n"), Rest(P);
    {P1, M} when is_port(P1) -> io:format("another port sent ~p~n", [M]), port_close(P1), Rest(P);
    M -> io:format("message ~p~n", [M]), Rest(P)
    after 100 -> ok end end,
Chapter = fun(N) ->
    P = open_port({spawn_driver, "api_drv"}, [binary]),
    io:format("chapter ~p~n~s", [N, port_control(P, N, "")]),
    Messages(P),
    io:format("~p~n", [erlang:port_info(P, os_pid)]),
    port_close(P) end,
[Chapter(N) || N <- lists:seq(1, 15)],
io:format("unload ~p~n", [erl_ddll:unload_driver("api_drv")]).
