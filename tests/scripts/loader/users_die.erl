%% Users die: the driver goes with the last; its ports only if they are to be killed.
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
process_flag(trap_exit, true).
Self = self().
User = fun(How) -> spawn_monitor(fun() -> Self ! erl_ddll:How(One, life_drv), receive stop -> ok end end) end.
{A, RA} = User(load), Say(Get()).
{B, RB} = User(load), Say(Get()).
M = erl_ddll:monitor(driver, {life_drv, unloaded}).
Say([C || {_, C} <- erl_ddll:info(life_drv, processes)]).
A ! stop, receive {'DOWN', RA, process, _, _} -> ok end.
Say([C || {_, C} <- erl_ddll:info(life_drv, processes)]).
B ! stop, receive {'DOWN', RB, process, _, _} -> ok end.
Say(receive {K, M, driver, N, What} -> {K, N, What} end).
Life().
{C, RC} = User(load_driver), Say(Get()).
P = open_port({spawn_driver, "life_drv"}, []).
C ! stop, receive {'DOWN', RC, process, _, _} -> ok end.
Say(Get()), Say(Gone()), Life().
{E, RE} = User(load), Say(Get()).
Q = open_port({spawn_driver, "life_drv"}, []).
E ! stop, receive {'DOWN', RE, process, _, _} -> ok end.
Say(Info()).
Say(erlang:port_info(Q, name)).
port_close(Q), Say(Get()), Say(Gone()), Life().
os:unsetenv("TELL_LOG").
[file:delete(F) || F <- [Log, One ++ "/life_drv.so", Two ++ "/life_drv.so"]], [file:del_dir(F) || F <- [One, Two, T]].
