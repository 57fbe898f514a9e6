%% flags: +A 7 +S 3:3
%% What driver_system_info says, to drivers old and new; the same items in erlang:system_info.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "clock_drv").
P = open_port({spawn_driver, "clock_drv"}, []).
io:format("~s~n", [port_control(P, $i, "")]).
[io:format("~w: ~s~n", [N, port_control(P, $I, integer_to_list(N))]) || N <- [32, 40, 48, 56]].
Safe = fun(I) -> try erlang:system_info(I) of V -> V catch error:R -> {error, R} end end.
Kind = fun(V) when is_integer(V) -> integer; (V) when is_atom(V) -> V; ({error, _} = V) -> V; (V) when is_binary(V) -> binary; (V) when is_list(V) -> {list, length(V) > 0}; (V) when is_tuple(V) -> tuple; (_) -> other end.
[io:format("~p: ~p~n", [I, Safe(I)]) || I <- [driver_version, version, otp_release, threads, smp_support, thread_pool_size, schedulers, schedulers_online, nif_version, wordsize, {wordsize, internal}, {wordsize, external}, multi_scheduling, port_limit, process_limit, atom_limit, port_parallelism, machine, no_such_item, {no, item}, heap_type, modified_timing_level, message_queue_data, time_warp_mode, time_correction, tolerant_timeofday, debug_compiled, build_type, scheduler_bind_type, kernel_poll, multi_scheduling_blockers, dirty_io_schedulers, min_heap_size, fullsweep_after, ets_limit, creation, dynamic_trace, end_time, normal_multi_scheduling_blockers, check_io_x]].
[io:format("~p: ~p~n", [I, Kind(Safe(I))]) || I <- [start_time, scheduler_bindings, logical_processors, logical_processors_online, logical_processors_available, system_version, system_architecture, port_count, process_count, atom_count, scheduler_id]].
port_close(P).
