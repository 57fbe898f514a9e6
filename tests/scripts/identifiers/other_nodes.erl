%% Pids, ports and references of other nodes, and of another incarnation of this one: read, printed, compared, written.
Atom = fun(Node) -> <<119, (byte_size(Node)), Node/binary>> end.
Read = fun(Bytes) -> binary_to_term(<<131, Bytes/binary>>) end.
Pid = fun(Node, N, S, C) -> Read(<<88, (Atom(Node))/binary, N:32, S:32, C:32>>) end.
Port = fun(Node, N, C) -> Read(<<120, (Atom(Node))/binary, N:64, C:32>>) end.
Ref = fun(Node, Words, C) -> Read(<<90, (length(Words)):16, (Atom(Node))/binary, C:32, (<< <<W:32>> || W <- Words >>)/binary>>) end.
Here = <<"nonode@nohost">>.
P = Pid(<<"other@host">>, 100, 2, 7).
Q = Port(<<"other@host">>, 5, 7).
R = Ref(<<"other@host">>, [1, 2, 3], 7).
io:format("~p ~w ~p ~p~n", [P, Q, R, [is_pid(P), is_port(Q), is_reference(R)]]).
io:format("~p ~p ~p ~p~n", [node(P), node(Q), node(R), node(self())]).
io:format("~p ~p ~p~n", [pid_to_list(P), erlang:port_to_list(Q), ref_to_list(R)]).

%% Written again they are what they were.
Sizes = [Pid(<<"a@x">>, 16#ffffffff, 16#ffffffff, 16#ffffffff), Port(<<"a@x">>, 16#ffffffffffffffff, 3),
         Port(<<"a@x">>, 268435455, 3), Port(<<"a@x">>, 268435456, 3), Ref(<<"a@x">>, [262144], 3),
         Ref(<<"a@x">>, [1, 2, 3, 4, 5], 3), Pid(Here, 100000, 70000, 3), Port(Here, 1268435455, 3), Ref(Here, [9, 0, 0, 1, 0], 1)].
[io:format("~w~n", [term_to_binary(X)]) || X <- [P, Q, R | Sizes]].
io:format("~p~n", [[binary_to_term(term_to_binary(X)) =:= X || X <- [P, Q, R | Sizes]]]).
io:format("~p ~p ~p~n", [Pid(Here, 100000, 70000, 3), Port(Here, 1268435455, 3), Ref(Here, [9, 0, 0, 1, 0], 1)]).

%% The old formats.
io:format("~p~n", [[Read(<<103, (Atom(<<"other@host">>))/binary, 100:32, 2:32, 3>>) =:= Pid(<<"other@host">>, 100, 2, 3),
                    Read(<<102, (Atom(<<"other@host">>))/binary, 5:32, 3>>) =:= Port(<<"other@host">>, 5, 3),
                    Read(<<89, (Atom(<<"other@host">>))/binary, 5:32, 7:32>>) =:= Q,
                    Read(<<114, 3:16, (Atom(<<"other@host">>))/binary, 3, 1:32, 2:32, 3:32>>) =:= Ref(<<"other@host">>, [1, 2, 3], 3),
                    Read(<<101, (Atom(<<"other@host">>))/binary, 1:32, 2>>) =:= Ref(<<"other@host">>, [1, 0, 0], 2)]]).
Refused = fun(F) -> try F() of X -> {read, X} catch error:badarg -> refused end end.
io:format("~p~n", [[Refused(fun() -> Ref(<<"a@x">>, [1, 2, 3, 4, 5, 6], 0) end),
                    Refused(fun() -> Ref(Here, [1, 2, 3, 4], 0) end),
                    Refused(fun() -> Read(<<101, (Atom(<<"a@x">>))/binary, 262144:32, 3>>) end),
                    Refused(fun() -> Read(<<114, 1:16, (Atom(<<"a@x">>))/binary, 3, 262144:32>>) end),
                    Refused(fun() -> Read(<<103, (Atom(<<"a@x">>))/binary, 1:32, 2:32, 4>>) end),
                    Refused(fun() -> Read(<<102, (Atom(<<"a@x">>))/binary, 1:32, 4>>) end),
                    Refused(fun() -> Read(<<101, (Atom(<<"a@x">>))/binary, 1:32, 4>>) end),
                    Refused(fun() -> Read(<<114, 1:16, (Atom(<<"a@x">>))/binary, 4, 1:32>>) end),
                    Refused(fun() -> Read(<<88, 97, 5, 1:32, 0:32, 3:32>>) end),
                    Refused(fun() -> Pid(Here, 16#ffffffff, 0, 0) end)]]).

%% Their order: that of ports and references by nodes, that of pids by numbers.
Nodes = [{<<"a@x">>, 0}, {<<"z@x">>, 4}, {Here, 0}, {<<"a@x">>, 1}, {Here, 9}].
Sorted = fun(Made) -> lists:sort(fun({_, X}, {_, Y}) -> X =< Y end, Made) end.
[io:format("~w ", [W]) || {W, _} <- Sorted([{{N, C, A, S}, Pid(N, A, S, C)} || {N, C} <- Nodes, {A, S} <- [{100, 2}, {99, 3}, {101, 2}]])].
io:nl().
[io:format("~w ", [W]) || {W, _} <- Sorted([{{N, C, A}, Port(N, A, C)} || {N, C} <- Nodes, A <- [7, 5, 6]])].
io:nl().
Words = [[5, 1, 1], [6, 1, 1], [7, 0, 1], [5], [5, 1], [5, 0], [6, 0, 0], [6], [5, 1, 1, 0], [5, 1, 1, 0, 0], [4, 1, 1, 1]].
[io:format("~w ", [W]) || {W, _} <- Sorted([{{N, C, W}, Ref(N, W, C)} || {N, C} <- Nodes, W <- Words, C > 0 orelse length(W) < 4])].
io:nl().
io:format("~p~n", [[Ref(<<"a@x">>, [5, 1], 1) == Ref(<<"a@x">>, [5, 1, 0], 1), Ref(<<"a@x">>, [5, 1], 1) =:= Ref(<<"a@x">>, [5, 1, 0, 0, 0], 1),
                    P == Pid(<<"other@host">>, 100, 2, 8), maps:get(Ref(<<"a@x">>, [5], 1), #{Ref(<<"a@x">>, [5, 0], 1) => found})]]).

%% Nobody answers there.
Try = fun(F) -> try F() catch C:E -> {C, E} end end.
Next = fun() -> receive X -> X after 1000 -> nothing end end.
io:format("~p ~p~n", [Try(fun() -> P ! hello end), Try(fun() -> erlang:send(P, hello, [nosuspend]) end)]).
io:format("~p ~p ~p~n", [Try(fun() -> Q ! hello end), Try(fun() -> port_command(Q, "x") end), Try(fun() -> erlang:port_info(Q) end)]).
io:format("~p ~p~n", [Try(fun() -> link(P) end), Next()]).
io:format("~p ~p~n", [Try(fun() -> unlink(P) end), Try(fun() -> exit(P, kill) end)]).
Monitor = Try(fun() -> monitor(process, P) end).
io:format("~w ~w~n", [is_reference(Monitor), Next()]).
io:format("~p ~p~n", [Try(fun() -> demonitor(Monitor, [info]) end), Try(fun() -> monitor(port, Q) end)]).
io:format("~p ~p~n", [Try(fun() -> is_process_alive(P) end), Try(fun() -> process_info(P) end)]).
Old = Pid(Here, 1, 0, 3).
io:format("~p ~p ~p~n", [Try(fun() -> is_process_alive(Old) end), Try(fun() -> process_info(Old) end), Try(fun() -> Old ! x end)]).
io:format("~p ~p~n", [Try(fun() -> link(Old) end), Next()]).
io:format("~w ~w~n", [is_reference(Try(fun() -> monitor(process, Old) end)), Next()]).
io:format("~p~n", [[Try(fun() -> list_to_pid(pid_to_list(P)) end) =:= P]]).

%% A port has no owner there.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
Echo = open_port({spawn_driver, "echo"}, []).
io:format("~p~n", [Try(fun() -> port_connect(Echo, P) end)]).
Echo ! {self(), {connect, P}}.
io:format("~p~n", [Next()]).
Echo ! {P, {command, "x"}}.
io:format("~p~n", [Next()]).
io:format("~p~n", [erlang:port_info(Echo, connected) =:= {connected, self()}]).
port_close(Echo).
io:format("~p~n", [Next()]).
erl_ddll:unload_driver("echo").
