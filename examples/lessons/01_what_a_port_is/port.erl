%% Lesson 1 as a script. Run it in this folder: erts-emu run port.erl

ok = erl_ddll:load_driver("../../../drivers", "echo_drv").
Port = open_port({spawn_driver, "echo_drv"}, [binary]).
true = port_command(Port, "hello").
receive {Port, {data, Data}} -> io:format("the port says ~p~n", [Data]) end.
true = port_close(Port).
