%% What start returns, and what open_port makes of it.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "opener").
Drain = fun Drain() -> receive M -> io:format("  ~p~n", [M]), Drain() after 0 -> ok end end.
Try = fun(Command, Options) ->
    io:format("~s~n", [Command]),
    try open_port({spawn_driver, Command}, Options) of
        Port ->
            io:format("  opened ~p~n", [Port]), Drain(),
            io:format("  ~p~n", [catch port_control(Port, 0, "")]),
            io:format("  ~p~n", [catch port_close(Port)])
    catch Class:Reason:Stack -> Top = hd(Stack), io:format("  ~p ~p ~p~n", [Class, Reason, Top])
    end,
    Drain()
end.
[Try("opener errno " ++ integer_to_list(N), []) || N <- lists:seq(-2, 140) ++ [511, 512, 513, 1000, 9999, 2147483647]].
[Try("opener result " ++ integer_to_list(N), []) || N <- [0, 1, 2, 255, 1000, -1, -3, -4, -5, -1000]].
Try("opener timer", []).
[Try("opener greet", Options) || Options <- [[], [binary], [{line, 3}, binary], [line], [eof, {packet, 2}]]].
receive M -> io:format("late ~p~n", [M]) after 50 -> ok end.
process_flag(trap_exit, true).
[Try("opener " ++ C, []) || C <- ["result -1", "result -3", "result 0", "timer", "greet"]].
[Try("opener limits", [{busy_limits_msgq, L}]) || L <- [{1, 2}, {30, 20}, disabled, {5, 5}, {1, (1 bsl 64) - 2}, {(1 bsl 64) - 2, 7}]].
Try("opener limits", []).
