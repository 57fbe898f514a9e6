%% A driver in C++, with all that it does on its own.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "cxx_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Ports = [open_port({spawn_driver, "cxx_drv"}, []) || _ <- lists:seq(1, 3)].
[One | Others] = Ports.
[P({N, port_control(One, N, [])}) || N <- lists:seq(1, 7)].
[true = port_command(Port, Word) || Port <- Ports, Word <- ["a", "b"]].
[[receive {Port, {data, D}} -> D after 5000 -> timeout end || _ <- [1, 2]] || Port <- Ports].
P([port_control(Port, 8, []) || Port <- Ports]).
P(try port_control(One, 9, []) catch Class:Reason -> {Class, Reason} end).
[P(port_close(Port)) || Port <- Others].
P(port_control(One, 2, [])).
P(port_close(One)).
P(erl_ddll:unload_driver("cxx_drv")).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "cxx_drv").
Two = open_port({spawn_driver, "cxx_drv"}, []).
P(port_control(Two, 2, [])).
port_close(Two).
