%% Commands in every way: iodata of all shapes, options, and messages that are not quite commands.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
process_flag(trap_exit, true).
Port = open_port({spawn_driver, "echo"}, [binary]).
Got = fun() -> receive {Port, {data, D}} when is_binary(D), byte_size(D) > 20 -> {byte_size(D), erlang:crc32(D)}; {Port, {data, D}} -> D; {'EXIT', Port, R} -> {'EXIT', R}; M -> M after 0 -> nothing end end.
Big = binary:copy(<<"0123456789">>, 10000).
Datas = [[], <<>>, "a", "abc", <<"abc">>, [<<"a">>, $b, "c"], ["a" | <<"bc">>], [[[["a"]]], [[], []], [<<>>]], [0, 255], Big, [Big, Big | Big], lists:duplicate(100, [Big, "x"]), [256], [-1], [a], a, 1, 1.0, {}, #{}, [1 | 2], [<<1:1>>], <<1:1>>, <<1:9>>, ["a" | b], self(), Port, fun() -> ok end, [1.0], [[] | a], <<Big/binary, 1:1>>].
Sum = fun(D) -> try iolist_size(D) of N when N > 20 -> {size, N}; _ -> D catch _:_ -> case D of _ when is_function(D) -> a_fun; _ when is_bitstring(D), bit_size(D) > 100 -> bits; _ -> D end end end.
[io:format("~p: ~p ~p~n", [Sum(D), try port_command(Port, D) catch C:R:S -> {C, R, element(4, hd(S))} end, Got()]) || D <- Datas].
[io:format("~p: ~p~n", [Sum(D), begin Port ! {self(), {command, D}}, Got() end]) || D <- Datas].
[io:format("~p: ~p ~p~n", [O, try port_command(Port, "abc", O) catch C:R:S -> {C, R, element(4, hd(S))} end, Got()]) || O <- [[], [nosuspend], [force], [nosuspend, force], [nosuspend, nosuspend], [foo], foo, [nosuspend | foo], {}, <<>>, [{force, true}]]].
Other = spawn(fun() -> receive stop -> ok end end).
[io:format("~p: ~p~n", [case M of {_, T} when M =/= {a, b} -> T; _ -> M end, begin V = (Port ! M), {V =:= M, Got()} end]) || M <- [
    foo, {a, b}, {}, {self()}, {self(), foo}, {self(), {foo, bar}}, {self(), {command}}, {self(), {command, a, b}}, {self(), command}, {self(), {command, "ok"}, extra}, [self() | {command, "x"}],
    {Other, {command, "x"}}, {Port, {command, "x"}}, {make_ref(), {command, "x"}}, {a, {command, "x"}}, {"self", {command, "x"}}, {self(), {close}}, {self(), {connect}}, {self(), {connect, a}}, {self(), {connect, Port}}, {self(), {connect, make_ref()}}, {Other, close}, {Other, {connect, self()}}, {Port, close}
 ]].
[io:format("~p ~p~n", [O, try erlang:send(Port, {self(), {command, "s"}}, O) of V -> {V, Got()} catch C:R:S -> {C, R, element(4, hd(S))} end]) || O <- [[], [nosuspend], [noconnect], [nosuspend, noconnect], [foo], foo, [nosuspend | a]]].
[io:format("~p ~p~n", [O, try erlang:send_nosuspend(Port, {self(), {command, "s"}}, O) of V -> {V, Got()} catch C:R:S -> {C, R, element(4, hd(S))} end]) || O <- [[], [noconnect], [nosuspend], [foo], foo]].
register(an_echo, Port).
[io:format("~p~n", [{try F() of V -> V =:= Port orelse V catch C:R -> {C, R} end, Got()}]) || F <- [fun() -> port_command(an_echo, "by name") end, fun() -> an_echo ! {self(), {command, "by name"}}, ok end, fun() -> {an_echo, node()} ! {self(), {command, "by node"}}, ok end, fun() -> erlang:send(an_echo, {self(), {command, "sent"}}, []) end, fun() -> port_control(an_echo, 0, "c") end, fun() -> {an_echo, nowhere} ! foo end, fun() -> {nobody, node()} ! foo end, fun() -> nobody ! foo end, fun() -> {an_echo, node(), x} ! foo end, fun() -> port_connect(an_echo, self()) end, fun() -> erlang:port_info(an_echo, registered_name) end, fun() -> whereis(an_echo) end, fun() -> port_close(an_echo) end, fun() -> port_close(an_echo) end]].
io:format("~p~n", [Got()]).
