%% What the system says about itself, where that is the same everywhere.
P = fun(T) -> io:format("~p~n", [T]) end.
P(erlang:system_info(otp_release)), P(erlang:system_info(version)), P(erlang:system_info(wordsize)), P(erlang:system_info(port_limit)).
P(erlang:system_info(process_limit)), P(erlang:system_info(driver_version)), P(erlang:system_info(machine)), P(try erlang:system_info(nosuch) catch error:E -> E end).
P(node()), P(node(self())), P(nodes()), P(is_alive()), P(is_pid(self())), P(is_reference(make_ref())), P(make_ref() =:= make_ref()).
P(erlang:convert_time_unit(1500, millisecond, second)), P(is_integer(erlang:monotonic_time())), P(erlang:monotonic_time(second) =< erlang:monotonic_time(second)).
P(element(1, date()) > 2000), P(tuple_size(time())), P(size(erlang:timestamp())).
P(list_to_pid("<0.500.0>")), P(pid_to_list(list_to_pid("<0.5.0>"))), P(list_to_port("#Port<0.7>")), P(erlang:port_to_list(list_to_port("#Port<0.7>"))), P(is_port(list_to_port("#Port<0.7>"))).
P(erlang:port_info(list_to_port("#Port<0.77777>"))), P([try F() catch error:R -> R end || F <- [fun() -> port_command(list_to_port("#Port<0.77777>"), "x") end, fun() -> port_close(nosuch) end, fun() -> open_port({spawn_driver, "no_such_drv"}, []) end, fun() -> open_port({spawn_driver, x}, [foo]) end, fun() -> link(list_to_port("#Port<0.77777>")) end]]).
P([try G() catch error:R -> R end || G <- [fun() -> erl_ddll:info(no_such_driver) end, fun() -> erl_ddll:try_load(a, b, []) end, fun() -> erl_ddll:try_load("/nowhere", b, [foo]) end]]).
P(erl_ddll:try_unload(no_such_driver, [])), P(erl_ddll:unload_driver(no_such_driver)), P(element(1, erl_ddll:load_driver("/nowhere", nothing))).
P(erlang:fun_to_list(fun lists:map/2)), P(erlang:function_exported(lists, map, 2)), P(erlang:is_builtin(erlang, length, 1)), P(erlang:md5("abc")), P(erlang:crc32("abc")), P(erlang:adler32("abc")).
P(tuple_size({1, 2})), P(setelement(1, {a, b}, c)), P(erlang:make_tuple(2, x)), P(erlang:append_element({1}, 2)), P(element(2, {a, b})), P(erlang:delete_element(1, {a, b})).
P(try halt(foo) catch error:badarg -> badarg end).
