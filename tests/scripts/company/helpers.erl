%% Threads of a driver send terms while their port is open, lingers, stops, and is gone; a crowd of them counts together.
Log = "/tmp/helpers_" ++ os:getpid() ++ "_" ++ integer_to_list(erlang:unique_integer([positive])).
file:delete(Log), os:putenv("TELL_LOG", Log).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "helper").
process_flag(trap_exit, true).
Mail = fun Mail() -> receive M -> [M | Mail()] after 30 -> [] end end.
Did = fun() -> Read = file:read_file(Log), file:delete(Log), case Read of {ok, Text} -> string:lexemes(binary_to_list(Text), "\n"); _ -> [] end end.
Say = fun(What) -> io:format("~s: ~0p~n   ~0p~n", [What, Mail(), Did()]) end.
Open = fun() -> open_port({spawn_driver, "helper"}, [binary]) end.
One = Open(), Say("open").
port_control(One, 0, ""), Say("control").
Two = Open(), Say("another").
port_control(Two, 3, ""), port_close(Two), Say("lingering").
port_control(Two, 0, ""), Say("control while lingering").
port_control(Two, 4, ""), Say("gone").
port_control(One, 2, "1"), Say("after").
Three = Open(), exit(Three, kill), Say("killed").
port_control(One, 2, "2"), Say("after").
Me = self().
Owner = spawn(fun() -> Port = Open(), unlink(Port), Me ! {port, Port} end).
Four = receive {port, P} -> P end.
Say("owner dead").
port_control(Four, 0, ""), Say("no owner, no caller").
port_connect(Four, self()), port_control(Four, 0, ""), Say("a new owner").
Four ! {self(), close}, Say("closed").
port_control(One, 2, "3"), Say("after").
[begin port_control(One, 1, integer_to_list(N)), Say(integer_to_list(N)) end || N <- [1, 2, 12]].
port_close(One), Say("last").
Five = Open(), port_control(Five, 2, "0"), Say("after").
port_control(Five, 5, ""), Say("dismissed").
file:delete(Log), os:unsetenv("TELL_LOG").
