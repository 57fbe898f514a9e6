%% Talk to shout_drv. Runs under erts-emu with the driver in Python or in C, and under erl with that in C.

ok = erl_ddll:load_driver(".", "shout_drv").
Port = open_port({spawn_driver, "shout_drv"}, [binary]).
Words = ["one", "two", "three"].
[port_command(Port, Word) || Word <- Words].
[receive {Port, {data, Answer}} -> io:format("~s -> ~s~n", [Word, Answer]) end || Word <- Words].
port_close(Port).
ok = erl_ddll:unload_driver("shout_drv").
