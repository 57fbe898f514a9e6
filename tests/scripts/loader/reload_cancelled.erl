%% A reload that is pending is cancelled: by unloading, by the death of the last user; one that fails.
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
P = open_port({spawn_driver, "life_drv"}, []).
{ok, pending_driver, R} = erl_ddll:try_load(Two, life_drv, [{reload, pending_driver}, {monitor, pending_driver}]).
Say(erl_ddll:try_unload(life_drv, [])).
Say(receive {K, R, driver, N, What} -> {K, N, What} end).
port_close(P), Say(Gone()), Life().
Self = self().
{Pid, Mon} = spawn_monitor(fun() ->
    ok = erl_ddll:load(One, life_drv),
    Q = open_port({spawn_driver, "life_drv"}, []),
    unlink(Q),
    {ok, pending_driver, _} = erl_ddll:try_load(Two, life_drv, [{reload, pending_driver}, {monitor, pending_driver}]),
    Self ! {port, Q},
    receive stop -> ok end
end).
Q = receive {port, X} -> X end.
R2 = erl_ddll:monitor(driver, {life_drv, loaded}).
Pid ! stop.
receive {'DOWN', Mon, process, _, _} -> ok end.
Say(receive {K2, R2, driver, N2, What2} -> {K2, N2, What2} end).
Say(Info()).
port_close(Q), Say(Gone()), Life().
ok = erl_ddll:load(One, life_drv).
P3 = open_port({spawn_driver, "life_drv"}, []).
{ok, pending_driver, R3} = erl_ddll:try_load("/no/such/folder", life_drv, [{reload, pending_driver}, {monitor, pending_driver}]).
port_close(P3).
Say(receive {'DOWN', R3, driver, N3, {load_failure, {open_error, Number}}} -> {N3, erl_ddll:format_error({open_error, Number})} end).
Say(erl_ddll:try_unload(life_drv, [])), Life().
os:unsetenv("TELL_LOG").
[file:delete(F) || F <- [Log, One ++ "/life_drv.so", Two ++ "/life_drv.so"]], [file:del_dir(F) || F <- [One, Two, T]].
