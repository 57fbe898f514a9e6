%% Reloading a driver that others use: pending_driver is refused, pending is not.
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
ok = erl_ddll:load(One, life_drv).
Self = self().
W = spawn(fun() -> Self ! erl_ddll:load(One, life_drv), receive stop -> ok end end).
Say(Get()).
Say(erl_ddll:try_load(Two, life_drv, [{reload, pending_driver}])).
Say(erl_ddll:try_load(Two, life_drv, [{reload, pending}, {driver_options, [kill_ports]}])).
{ok, pending_process, R} = erl_ddll:try_load(Two, life_drv, [{reload, pending}, {monitor, pending}]).
Say(receive {K, R, driver, N, What} -> {K, N, What} end).
Life().
Say(lists:sort([C || {_, C} <- erl_ddll:info(life_drv, processes)])).
P = open_port({spawn_driver, "life_drv"}, []).
spawn(fun() -> Self ! erl_ddll:try_load(One, life_drv, [{reload, pending}]) end), Say(Get()).
port_close(P).
W ! stop.
Left = fun Left() -> case erl_ddll:info(life_drv, processes) of [{Self, 1}] -> ok; _ -> receive after 5 -> Left() end end end.
Left(), erl_ddll:unload(life_drv), Say(Gone()), Life().
os:unsetenv("TELL_LOG").
[file:delete(F) || F <- [Log, One ++ "/life_drv.so", Two ++ "/life_drv.so"]], [file:del_dir(F) || F <- [One, Two, T]].
