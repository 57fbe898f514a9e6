%% Time of drivers is time of Erlang; conversion rounds down; bad units.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "clock_drv").
P = open_port({spawn_driver, "clock_drv"}, []).
C = fun(K, A) -> port_control(P, K, A) end.
Between = fun(U, N) ->
    A = erlang:monotonic_time(U),
    B = list_to_integer(C($m, integer_to_list(N))),
    D = erlang:monotonic_time(U),
    A =< B andalso B =< D
end.
io:format("~p~n", [[Between(U, N) || {U, N} <- [{second, 0}, {millisecond, 1}, {microsecond, 2}, {nanosecond, 3}]]]).
io:format("~p~n", [abs(erlang:time_offset(second) - list_to_integer(C($o, "0"))) =< 1]).
io:format("~s ~s~n", [C($m, "4"), C($m, "-1")]).
io:format("~s~n", [C($o, "77")]).
[io:format("~s -> ~s~n", [A, C($c, A)]) || A <- ["5 0 3", "-1001 2 1", "1999 1 0", "-1 3 0", "0 0 0", "7 9 0", "7 0 9", "999999 3 2", "-999999 3 1", "1 0 1"]].
io:format("~s~n", [C($t, "")]).
io:format("~s~n", [C($n, "")]).
[Me, S, _] = [list_to_integer(X) || X <- string:lexemes(C($N, ""), " ")].
io:format("~p~n", [abs(Me * 1000000 + S - erlang:system_time(second)) =< 2]).
port_close(P).
