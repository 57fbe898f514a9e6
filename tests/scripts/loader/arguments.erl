%% Arguments: names and paths of every form, options that are none.
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
Try = fun(F) -> try F() of V -> V catch error:W -> {error, W} end end.
Shape = fun({error, {open_error, N}}) when is_integer(N) -> open_error; (X) -> X end.
[Say({O, Shape(Try(fun() -> erl_ddll:try_load(One, life_drv, O) end))}) || O <- [[kill_ports], [{driver_options, [other]}], [{driver_options, kill_ports}],
    [{monitor, other}], [{reload, other}], [{a, b, c}], other, [a | b], [{reload, pending}], [{reload, pending_driver}]]].
[Say({N, Shape(Try(fun() -> erl_ddll:try_load("/no/such", N, []) end))}) || N <- ['', "", [], <<>>, [999], 12, {a}, ["a", <<"b">>], <<"abc">>, "a/b", 'life_drv.so']].
[Say({Shape(Try(fun() -> erl_ddll:try_load(P, life_drv, []) end))}) || P <- [abc, 1, {}, [a], [999], <<"/no/such">>, ["/no", <<"/such">>], ["/no", ["/su", $c], "h"], [["/no"] | "/such"], ""]].
[Say({O, Try(fun() -> erl_ddll:try_unload(life_drv, O) end)}) || O <- [[], [kill_ports], [{monitor, pending}], [{monitor, other}], [other], other]].
Say(Shape(Try(fun() -> erl_ddll:try_load(One ++ "///", life_drv, [{driver_options, []}, {monitor, pending}]) end))).
Say(Try(fun() -> erl_ddll:try_load(T ++ "/./one", life_drv, []) end)).
Say(Try(fun() -> erl_ddll:try_load(list_to_binary(One), <<"life_drv">>, []) end)).
[Say({I, Try(fun() -> erl_ddll:info(life_drv, I) end) =:= [{self(), 2}]}) || I <- [processes]].
[Say({I, Try(fun() -> erl_ddll:info(life_drv, I) end)}) || I <- [driver_options, port_count, linked_in_driver, permanent, awaiting_load, awaiting_unload, other, "processes", 1]].
[Say(Try(fun() -> erl_ddll:info(N, port_count) end)) || N <- [nobody, <<"life_drv">>, 1]].
Say(Try(fun() -> erl_ddll:info(nobody) end)).
erl_ddll:unload(life_drv), erl_ddll:unload(life_drv), Say(Gone()), Life().
os:unsetenv("TELL_LOG").
[file:delete(F) || F <- [Log, One ++ "/life_drv.so", Two ++ "/life_drv.so"]], [file:del_dir(F) || F <- [One, Two, T]].
