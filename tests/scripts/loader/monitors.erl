%% Monitors: what each kind says at once, what later, and what demonitor does.
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
Kinds = [loaded, unloaded, unloaded_only].
[begin erl_ddll:monitor(driver, {nobody, Kind}), Say({Kind, Get()}) end || Kind <- Kinds].
[begin erl_ddll:monitor(driver, {"nobody", Kind}), Say({Kind, Get()}) end || Kind <- Kinds].
ok = erl_ddll:load(One, life_drv).
[begin erl_ddll:monitor(driver, {["life", <<"_drv">>], loaded}), Say(Get()) end].
R1 = erl_ddll:monitor(driver, {life_drv, unloaded}).
R2 = erl_ddll:monitor(driver, {life_drv, unloaded}).
R3 = erl_ddll:monitor(driver, {life_drv, unloaded_only}).
Say(erl_ddll:demonitor(R2)).
Say(erl_ddll:demonitor(R2)).
Say([C || {_, C} <- erl_ddll:info(life_drv, awaiting_unload)]).
Self = self().
spawn(fun() -> Self ! erl_ddll:demonitor(R1) end), Say(Get()).
ok = erl_ddll:unload(life_drv).
Say([case R of R1 -> 1; R3 -> 3 end || _ <- [1, 2], {'DOWN', R, driver, life_drv, unloaded} <- [receive M -> M end]]).
Try = fun(F) -> try F() of V -> V catch error:W -> {error, W} end end.
[Say(Try(F)) || F <- [fun() -> erl_ddll:monitor(driver, {life_drv, other}) end, fun() -> erl_ddll:monitor(port, {life_drv, loaded}) end,
    fun() -> erl_ddll:monitor(driver, life_drv) end, fun() -> erl_ddll:demonitor(ref) end, fun() -> erl_ddll:monitor(driver, {[999], loaded}) end,
    fun() -> erl_ddll:monitor(driver, {'', loaded}) end]].
Life().
os:unsetenv("TELL_LOG").
[file:delete(F) || F <- [Log, One ++ "/life_drv.so", Two ++ "/life_drv.so"]], [file:del_dir(F) || F <- [One, Two, T]].
