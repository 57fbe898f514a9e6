%% The limits of a port's message queue, read and set by option and by the driver.
[ok = erl_ddll:load_driver(os:getenv("DRIVERS"), D) || D <- ["busy", "busy_free"]].
Max = "18446744073709551615".
Set = fun(P, T) -> port_control(P, 2, T) end.
Seq = fun(Driver, Options, Requests) -> P = open_port({spawn_driver, Driver}, Options), io:format("~s ~p~n~p~n", [Driver, Options, [{R, Set(P, R)} || R <- Requests]]), port_close(P) end.
All = ["0 0", "100 50", "60 0", "0 70", "0 10", "99 -", "- 5", "0 0", "1 18446744073709551614", "0 0", "- -", "18446744073709551614 1", "0 0", "10 20", "0 5", "30 0", Max ++ " 0", "0 0", "5 6", "- 7", "0 0"].
[Seq("busy", O, All) || O <- [[], [{busy_limits_msgq, {10, 20}}], [{busy_limits_msgq, {20, 10}}], [{busy_limits_msgq, disabled}]]].
Seq("busy", [], ["0 " ++ Max, "0 0"]).
Seq("busy", [], ["5 " ++ Max, "0 0"]).
Seq("busy", [], ["- " ++ Max, "0 0", Max ++ " -"]).
Seq("busy_free", [], ["0 0", "10 20", "0 0"]).
Seq("busy_free", [{busy_limits_msgq, disabled}], ["0 0"]).
io:format("~p~n", [try open_port({spawn_driver, "busy_free"}, [{busy_limits_msgq, {1, 2}}]) catch C:R:S -> {C, R, element(4, hd(S))} end]).
