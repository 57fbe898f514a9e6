%% Every option, good and bad, and its error.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
Try = fun(Options) ->
    try open_port({spawn_driver, "echo"}, Options) of
        Port ->
            [Flags] = port_control(Port, 3, ""),
            io:format("~p: flags ~p, ~p~n", [Options, Flags, erlang:port_info(Port, parallelism)]),
            port_close(Port)
    catch Class:Reason:Stack -> {M, F, A, Info} = hd(Stack), io:format("~p: ~p ~p ~p~n", [Options, Class, Reason, {M, F, A, Info}])
    end
end.
[Try([Option]) || Option <- [
    stream, {packet, 1}, {packet, 2}, {packet, 4}, {packet, 0}, {packet, 3}, {packet, 8}, {packet, a}, packet, {packet, 1, 2},
    line, {line, 1}, {line, 0}, {line, -1}, {line, 1000000}, {line, a}, {line, 1 bsl 70}, {line, 1.0}, binary, {binary, true}, eof, {eof, true}, in, out,
    hide, use_stdio, nouse_stdio, overlapped_io, stderr_to_stdout, exit_status, {exit_status, true}, {cd, "/tmp"}, {cd, []}, {cd, 5}, {cd, <<"x">>}, {cd, [0]}, {cd, tmp}, {cd, <<0>>},
    {env, []}, {env, [{"A", "b"}]}, {env, [{"A", false}]}, {env, [{"A", []}]}, {env, [{"A", 5}]}, {env, [a]}, {env, a}, {env, [{"A", true}]}, {env, [{<<"A">>, "b"}]}, {env, [{"A=B", "b"}]}, {env, [{"", "b"}]}, {env, [{"A", "b"} | x]}, {env, [{a, "b"}]}, {env, [{"A", b}]}, {env, [{"A", <<"b">>}]}, {env, [{"A\x{0}", "b"}]},
    {args, []}, {args, ["a"]}, {args, a}, {args, [a]}, {arg0, "a"}, {arg0, 5}, {parallelism, true}, {parallelism, false}, {parallelism, 1}, parallelism,
    {busy_limits_port, {1, 2}}, {busy_limits_port, disabled}, {busy_limits_port, {0, 2}}, {busy_limits_port, a}, {busy_limits_port, {2, 1}}, busy_limits_port,
    {busy_limits_msgq, {1, 2}}, {busy_limits_msgq, {2, 1}}, {busy_limits_msgq, {0, 1}}, {busy_limits_msgq, {1, 0}}, {busy_limits_msgq, disabled}, {busy_limits_msgq, a}, {busy_limits_msgq, {1, 2, 3}},
    {busy_limits_msgq, {1, (1 bsl 64) - 2}}, {busy_limits_msgq, {1, (1 bsl 64) - 1}}, {busy_limits_msgq, {1, 1 bsl 64}}, {busy_limits_msgq, {-1, 5}}, {busy_limits_msgq, {a, 5}}, {busy_limits_msgq, {1.0, 5}}, busy_limits_msgq,
    foo, {foo, bar}, 17, "binary", <<"binary">>, {}, [], [binary]
]].
[Try(Options) || Options <- [
    [], [binary, line, eof, in, out, hide], [binary | foo], foo, 17, <<>>, {binary}, [{line, 5}, {packet, 2}], [{packet, 2}, {line, 5}], [{packet, 2}, {line, 5}, stream], [{line, 5}, stream, {packet, 1}],
    [nouse_stdio, stderr_to_stdout], [stderr_to_stdout, nouse_stdio], [stderr_to_stdout, nouse_stdio, use_stdio], [nouse_stdio, use_stdio], [{args, []}, foo], [foo, {args, []}], [binary, binary], [{parallelism, true}, {parallelism, false}],
    [exit_status, foo], [{cd, 5}, exit_status], [exit_status, {busy_limits_port, disabled}], [{packet, 2}, line], [{line, 5}, {line, 0}]
]].
Errors = fun(Name, Options) -> try open_port(Name, Options) of P -> port_close(P) catch C:R:Stack -> T = hd(Stack), io:format("~p ~p ~p~n", [C, R, T]) end end.
Errors("echo", [foo]).
Errors(17, [foo]).
Errors({spawn_driver, 17}, [foo]).
Errors({spawn_driver, "nothing"}, [{args, []}]).
Errors({spawn_driver, "nothing"}, [exit_status]).
Errors({spawn_driver, "nothing"}, [{busy_limits_port, disabled}]).
Errors({spawn_driver, "nothing"}, []).
