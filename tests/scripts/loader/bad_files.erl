%% Files that cannot be loaded: missing, no library, wrong versions, failing init, wrong names, missing symbols.
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
Load = fun(Name) -> case erl_ddll:load(D, Name) of {error, R} -> {Name, case R of {open_error, N} when N =< -10 -> open_error; _ -> R end, case R of {open_error, _} -> hd(string:lexemes(erl_ddll:format_error(R), ":(")); _ -> erl_ddll:format_error(R) end}; X -> {Name, X} end end.
[Say(Load(N)) || N <- [nobody, life_marker, life_new, life_minor, life_ancient, life_null, life_refuses, life_other, life_missing, life_no_init]].
Say(erl_ddll:load(D, life_old)).
P = open_port({spawn_driver, "life_old"}, []).
io:format("~s~n", [port_control(P, $v, "")]).
port_close(P).
Say(erl_ddll:unload_driver(life_old)).
ok = file:write_file(T ++ "/text.so", "this is no library").
ok = file:write_file(T ++ "/long.so", lists:duplicate(10000, $x)).
ok = file:write_file(T ++ "/empty.so", "").
[Say(case erl_ddll:load(T, N) of {error, {open_error, C}} -> erl_ddll:format_error({open_error, C}); X -> X end) || N <- [text, long, empty, no_such_file]].
{ok, B} = file:read_file(D ++ "/life_one.so").
ok = file:write_file(T ++ "/renamed.so", B).
Say(erl_ddll:load(T, renamed)).
[file:delete(T ++ "/" ++ F) || F <- ["text.so", "long.so", "empty.so", "renamed.so"]].
{ok, L} = erl_ddll:loaded_drivers().
Say([N || N <- L, lists:prefix("life", N)]).
Life().
os:unsetenv("TELL_LOG").
[file:delete(F) || F <- [Log, One ++ "/life_drv.so", Two ++ "/life_drv.so"]], [file:del_dir(F) || F <- [One, Two, T]].
