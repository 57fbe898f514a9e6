%% A driver makes ports of its own.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "parent").
process_flag(trap_exit, true).
Port = open_port({spawn_driver, "parent"}, [binary, {line, 3}, {parallelism, true}]).
Make = fun(Name) -> S = port_control(Port, 0, Name), io:format("~s~n", [S]), receive {Child, born, F} -> io:format("flags ~p~n", [F]), Child end end.
C1 = Make("first child").
receive {C1, {data, D1}} -> io:format("~p~n", [D1]) end.
io:format("~p~n", [[I || {K, _} = I <- erlang:port_info(C1), K =/= id, K =/= links, K =/= connected]]).
io:format("~p ~p~n", [erlang:port_info(C1, links) =:= {links, [self()]}, erlang:port_info(C1, connected) =:= {connected, self()}]).
io:format("~p~n", [[erlang:port_info(C1, I) || I <- [parallelism, locking, queue_size]]]).
io:format("~p ~p~n", [port_command(C1, "hi"), receive {C1, {data, D2}} -> D2 end]).
io:format("~p~n", [port_control(C1, 4, "")]).
io:format("~p~n", [begin C1 ! {self(), {command, "there"}}, receive {C1, {data, D3}} -> D3 end end]).
io:format("~s~n", [port_control(Port, 3, "nobody's")]).
%% a grandchild, and a child of another process
port_control(C1, 0, "grandchild").
receive {C2, born, 0} -> io:format("~p ~p~n", [erlang:port_info(C2, name), port_control(C2, 4, "")]) end.
receive {C2, {data, D4}} -> io:format("~p~n", [D4]) end.
Main = self().
{Pid, Mon} = spawn_monitor(fun() -> port_control(Port, 0, "theirs"), receive {C, born, 0} -> receive {C, {data, D}} -> Main ! {child, C, D} end end, receive go -> exit(boom) end end).
receive {child, C3, D5} -> io:format("~p ~p~n", [D5, erlang:port_info(C3, connected) =:= {connected, Pid}]) end.
Mon3 = monitor(port, C3).
Pid ! go.
receive {'DOWN', Mon, _, _, R1} -> io:format("~p~n", [R1]) end.
receive {'DOWN', Mon3, T3, _, R3} -> io:format("~p ~p~n", [T3, R3]) end.
%% each lives its own life
port_close(Port).
receive {'EXIT', Port, R4} -> io:format("~p~n", [R4]) end.
receive {Port, stop, N4} -> io:format("stop ~p~n", [N4]) end.
io:format("~p~n", [port_command(C1, "still here")]).
receive {C1, {data, D6}} -> io:format("~p~n", [D6]) end.
[begin exit(C, bye), receive {'EXIT', C, R} -> io:format("~p~n", [R]) end, receive {C, stop, N} -> io:format("stop ~p~n", [N]) end end || C <- [C1, C2]].
io:format("~p~n", [[erlang:port_info(C, name) || C <- [C1, C2, C3]]]).
