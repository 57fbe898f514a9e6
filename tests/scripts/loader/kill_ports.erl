%% kill_ports as an option of loading and of unloading; queued data is thrown away.
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
Say(erl_ddll:try_load(One, life_drv, [{driver_options, [kill_ports]}])).
Say(erl_ddll:try_load(One, life_drv, [])).
P = open_port({spawn_driver, "life_drv"}, []).
port_command(P, "queued").
Say(Info()).
{ok, pending_driver, _} = erl_ddll:try_unload(life_drv, [{monitor, pending_driver}]).
Say(Get()), Say(Get()).
Life().
ok = erl_ddll:load(One, life_drv).
Q = open_port({spawn_driver, "life_drv"}, []).
R = open_port({spawn_driver, "life_drv"}, []).
Say(erl_ddll:try_unload(life_drv, [kill_ports])).
[Say(receive {'EXIT', X, W} -> {case X of Q -> q; R -> r end, W} end) || _ <- [1, 2]].
Say(Gone()).
Life().
ok = erl_ddll:load_driver(One, life_drv).
S = open_port({spawn_driver, "life_drv"}, []).
Say(erl_ddll:unload_driver(life_drv)), Say(Get()), Say(erl_ddll:try_unload(life_drv, [])), Life().
os:unsetenv("TELL_LOG").
[file:delete(F) || F <- [Log, One ++ "/life_drv.so", Two ++ "/life_drv.so"]], [file:del_dir(F) || F <- [One, Two, T]].
