%% Many events on eight sockets at once: nothing is lost, and each keeps its order.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "select_drv").
P = open_port({spawn_driver, "select_drv"}, []).
[begin port_control(P, $s, integer_to_list(I)), port_control(P, $S, lists:concat([I, " 0 5 1"])) end || I <- lists:seq(0, 7)].
[port_control(P, $w, lists:concat([I, " 1 ", N, ";"])) || N <- lists:seq(1, 25), I <- lists:seq(0, 7)].
Want = lists:flatten([lists:concat([N, ";"]) || N <- lists:seq(1, 25)]).
Read = fun Read(I, Text) ->
    case length(Text) >= length(Want) of
        true -> Text;
        false -> receive {P, {data, "read " ++ [D, $., $0, $\s | T]}} when D =:= I + $0 -> Read(I, Text ++ T) end
    end
end.
io:format("~p~n", [[Read(I, "") =:= Want || I <- lists:seq(0, 7)]]).
[port_control(P, $c, lists:concat([I, " 1"])) || I <- lists:seq(0, 7)].
io:format("~p~n", [lists:sort([receive {P, {data, E}} -> E end || _ <- lists:seq(0, 7)])]).
port_close(P).
