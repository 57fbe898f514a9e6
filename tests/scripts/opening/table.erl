%% flags: +Q 1024 +S 2:2
%% A port table that gets full, and identifiers.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
io:format("~p~n", [erlang:system_info(port_limit)]).
Before = erlang:system_info(port_count).
Fill = fun Fill(Ports) -> try open_port({spawn_driver, "echo"}, []) of P -> Fill([P | Ports]) catch C:R:Stack -> {M, F, A, I} = hd(Stack), io:format("~p ~p ~p~n", [C, R, {M, F, A, I}]), Ports end end.
Ports = Fill([]).
io:format("~p ~p~n", [length(Ports), erlang:system_info(port_count) - Before]).
io:format("~p~n", [lists:sort(erlang:ports()) =:= erlang:ports()]).
[P1, P2, P3 | More] = Ports.
[port_close(P) || P <- [P1, P2, P3]].
Again = Fill([]).
io:format("~p~n", [length(Again)]).
Number = fun(P) -> [$#, $P, $o, $r, $t, $<, $0, $. | Rest] = port_to_list(P), list_to_integer(lists:droplast(Rest)) end.
io:format("~p~n", [lists:sort([Number(A) - 1024 || A <- Again]) =:= lists:sort([Number(P) || P <- [P1, P2, P3]])]).
io:format("~p~n", [lists:sort([(Number(A)) rem 1024 || A <- Again]) =:= lists:sort([Number(P) rem 1024 || P <- [P1, P2, P3]])]).
[port_close(P) || P <- More ++ Again].
io:format("~p~n", [erlang:system_info(port_count) - Before]).
io:format("~p~n", [[try port_to_list(X) catch _:R -> R end || X <- [a, 1, self(), "x"]]]).
io:format("~p~n", [[try is_port(list_to_port(X)) catch _:R -> R end || X <- ["#Port<0.5>", "#Port<00.0099>", "#Port<0.268435455>", "#Port<0.268435456>", "#Port<1.1>", "#Port<0.5> ", " #Port<0.5>", "#port<0.5>", "#Port<0.>", "#Port<.1>", "", a, <<"#Port<0.5>">>, "#Port<0.-5>"]]]).
