%% A simple life: loaded, loaded again, unloaded twice; the driver's callbacks.
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
Say(erl_ddll:try_load(One, life_drv, [])).
Life().
Say(erl_ddll:try_load(One, "life_drv", [])).
Say(erl_ddll:try_load(Two, life_drv, [])).
Say(erl_ddll:load(Two, life_drv)).
Say(erl_ddll:load_driver(One, life_drv)).
Say(Info()).
P = open_port({spawn_driver, "life_drv"}, []).
io:format("~s~n", [port_control(P, $v, "")]).
io:format("~s~n", [port_control(P, $v, "")]).
port_close(P).
Say(erl_ddll:try_unload(life_drv, [])).
{ok, pending_driver, _} = erl_ddll:try_unload(life_drv, [{monitor, pending}]).
Say(Get()).
Say(erl_ddll:try_unload(life_drv, [])).
Life().
ok = erl_ddll:load(One, life_drv).
Q = open_port({spawn_driver, "life_drv"}, []).
io:format("~s~n", [port_control(Q, $v, "")]).
port_close(Q), Say(erl_ddll:unload(life_drv)), Say(Gone()), Life().
os:unsetenv("TELL_LOG").
[file:delete(F) || F <- [Log, One ++ "/life_drv.so", Two ++ "/life_drv.so"]], [file:del_dir(F) || F <- [One, Two, T]].
