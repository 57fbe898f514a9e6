%% A driver monitors processes.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "watcher").
Port = open_port({spawn_driver, "watcher"}, []).
Main = self().
Child = fun() -> Pid = spawn(fun() -> Main ! {self(), port_control(Port, 0, "")}, receive {go, R} -> exit(R) end end), receive {Pid, S} -> io:format("~s~n", [S]) end, Pid end.
Get = fun() -> receive {died, N, Pid} when is_pid(Pid) -> {died, N, is_process_alive(Pid)}; {monitored, N, Pid} -> {monitored, N, is_process_alive(Pid)}; {Port, A, B} -> {A, B} after 5000 -> nothing end end.
C0 = Child().
io:format("~p ~p~n", [erlang:port_info(Port, monitors) =:= {monitors, [{process, C0}]}, process_info(C0, monitored_by) =:= {monitored_by, [Port]}]).
port_control(Port, 2, [0]), io:format("~p~n", [Get()]).
C0 ! {go, normal}.
io:format("~p ~p~n", [Get(), Get()]).
io:format("~p~n", [erlang:port_info(Port, monitors)]).
port_control(Port, 2, [0]), io:format("~p~n", [Get()]).
io:format("~s~n", [port_control(Port, 3, [0])]).
C1 = Child().
io:format("~s ~s~n", [port_control(Port, 3, [1]), port_control(Port, 3, [1])]).
C1 ! {go, boom}.
C2 = Child().
C3 = Child().
io:format("~s ~s~n", [port_control(Port, 4, [2, 2]), port_control(Port, 4, [2, 3])]).
exit(C3, kill), io:format("~p ~p~n", [Get(), Get()]).
C2 ! {go, {a, b}}, io:format("~p ~p~n", [Get(), Get()]).
io:format("~s~n", [port_control(Port, 6, "")]).
io:format("~s ~s~n", [port_control(Port, 1, ""), port_control(Port, 1, "")]).
io:format("~p~n", [[length(M) || {monitors, M} <- [erlang:port_info(Port, monitors)]]]).
io:format("~s~n", [port_control(Port, 5, "")]).
Other = spawn(fun() -> Main ! {self(), port_control(Port, 5, "")} end), receive {Other, S5} -> io:format("~s~n", [S5]) end.
%% a dead process
Dead = spawn(fun() -> Port ! {Main, {connect, self()}} end).
receive {Port, connected} -> io:format("connected~n") end.
WaitDead = fun W() -> case is_process_alive(Dead) of true -> erlang:yield(), W(); false -> ok end end.
WaitDead().
io:format("~s~n", [port_control(Port, 1, "")]).
port_connect(Port, self()).
%% closing ends the monitors
P2 = open_port({spawn_driver, "watcher"}, []).
port_control(P2, 0, "").
io:format("~p~n", [[length([P || P <- Ps, P =:= P2]) || {monitored_by, Ps} <- [process_info(self(), monitored_by)]]]).
port_close(P2).
io:format("~p~n", [[length([P || P <- Ps, P =:= P2]) || {monitored_by, Ps} <- [process_info(self(), monitored_by)]]]).
