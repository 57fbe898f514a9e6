%% The environment of drivers and of os.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "system_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "system_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
P(port_control(Port, 1, "EMU_TEST_A=hello")).
P(port_control(Port, 2, "EMU_TEST_A")).
P(os:getenv("EMU_TEST_A")).
os:putenv("EMU_TEST_B", "there").
P(port_control(Port, 2, "EMU_TEST_B")).
P(port_control(Port, 2, "EMU_TEST_NONE")).
os:putenv("EMU_TEST_C", lists:duplicate(50, $c)).
P(port_control(Port, 2, "EMU_TEST_C")).
[os:unsetenv(N) || N <- ["EMU_TEST_A", "EMU_TEST_B", "EMU_TEST_C"]].
P(port_control(Port, 2, "EMU_TEST_A")).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("system_drv").
