%% Unloading with an open port, cancelled by loading again; then for good.
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
{ok, loaded} = erl_ddll:try_load(One, life_drv, []).
P = open_port({spawn_driver, "life_drv"}, []).
{ok, pending_driver, R1} = erl_ddll:try_unload(life_drv, [{monitor, pending_driver}]).
Say(Info()).
Q = open_port({spawn_driver, "life_drv"}, []).
port_close(Q).
erl_ddll:monitor(driver, {life_drv, loaded}), Say(Get()).
R2 = erl_ddll:monitor(driver, {life_drv, unloaded_only}).
R3 = erl_ddll:monitor(driver, {"life_drv", unloaded}).
Say(Info()).
Say(erl_ddll:try_load(Two, life_drv, [])).
Say(erl_ddll:try_load(One, life_drv, [])).
Say([case R of R1 -> 1; R2 -> 2; R3 -> 3 end || _ <- [1, 2], {'UP', R, driver, life_drv, unload_cancelled} <- [receive M -> M end]]).
Say(Info()).
{ok, pending_driver, R4} = erl_ddll:try_unload(life_drv, [{monitor, pending}]).
port_close(P).
Say([case R of R2 -> 2; R4 -> 4 end || _ <- [1, 2], {'DOWN', R, driver, life_drv, unloaded} <- [receive {'DOWN', _, _, _, _} = M -> M end]]).
Life().
os:unsetenv("TELL_LOG").
[file:delete(F) || F <- [Log, One ++ "/life_drv.so", Two ++ "/life_drv.so"]], [file:del_dir(F) || F <- [One, Two, T]].
