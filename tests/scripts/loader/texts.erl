%% format_error of everything.
process_flag(trap_exit, false).
D = os:getenv("DRIVERS").
T = lists:concat([case os:getenv("TMPDIR") of false -> "/tmp"; Temp -> Temp end, "/erl_", os:getpid(), "_", erlang:unique_integer([positive])]).
ok = file:make_dir(T).
Put = fun(V) -> ok = filelib:ensure_dir(T ++ "/" ++ V ++ "/x"), {ok, B} = file:read_file(D ++ "/life_" ++ V ++ ".so"), ok = file:write_file(T ++ "/" ++ V ++ "/life_drv.so", B), T ++ "/" ++ V end.
One = Put("one").
Two = Put("two").
Log = T ++ "/log".
os:putenv("TELL_LOG", Log).
Say = fun(W) -> io:format("~p~n", [W]) end.
Life = fun() -> case file:read_file(Log) of {ok, X} -> file:delete(Log), io:format("life: ~p~n", [string:lexemes(binary_to_list(X), "\n")]); _ -> io:format("life: nothing~n") end end.
Get = fun() -> receive {K, R, driver, N, W} when is_reference(R) -> {K, N, W}; M -> M after 1000 -> nothing end end.
Gone = fun Gone() -> case erl_ddll:try_unload(life_drv, []) of {error, not_loaded} -> gone; _ -> receive after 5 -> Gone() end end end.
Info = fun() -> [{I, case V of [{_, _} | _] -> [C || {_, C} <- V]; _ -> V end} || {I, V} <- erl_ddll:info(life_drv)] end.
Try = fun(E) -> try erl_ddll:format_error(E) of V -> V catch error:W -> {error, W} end end.
[Say({E, Try(E)}) || E <- [no_error, no_driver_init, driver_init_failed, bad_driver_name, driver_name_to_long, driver_incorrect_version, no_ddll_available,
    unspecified_error, symbol_not_found, inconsistent, linked_in_driver, permanent, not_loaded, not_loaded_by_this_process, pending_reload, pending_process,
    not_pending, already_loaded, load_cancelled, loaded, load_failure, "text", 12, {open_error, a}, {open_error, 0}, {open_error, -1}, {open_error, -5},
    {open_error, -8}, {open_error, -9}, {open_error, 12}, {open_error, -99999}, {a, b}, []]].
Say(erl_ddll:start()).
Say(erl_ddll:stop()).
os:unsetenv("TELL_LOG").
[file:delete(F) || F <- [Log, One ++ "/life_drv.so", Two ++ "/life_drv.so"]], [file:del_dir(F) || F <- [One, Two, T]].
