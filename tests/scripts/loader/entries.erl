%% alone
%% add_driver_entry and remove_driver_entry: drivers that look as if they were linked in.
process_flag(trap_exit, false).
D = os:getenv("DRIVERS").
ok = erl_ddll:load(D, "entry_drv").
P = open_port({spawn_driver, "entry_drv"}, []).
C = fun(K) -> io:format("~c ~s~n", [K, port_control(P, K, "")]) end.
Open = fun(N) -> try open_port({spawn_driver, N}, []) of Q -> Text = port_control(Q, 5, ""), Lock = port_control(Q, $l, ""), port_close(Q), {Text, Lock} catch E:R -> {E, R} end end.
Loaded = fun() -> {ok, L} = erl_ddll:loaded_drivers(), [N || N <- L, lists:suffix("_drv", N), N =/= "ram_file_drv"] end.
Say = fun(W) -> io:format("~p~n", [W]) end.
Say(Open("child_drv")), C($n), C($m).
C($a), Say(Loaded()), Say(Open("child_drv")).
Say(erl_ddll:info(child_drv)).
Say([erl_ddll:load(D, child_drv), erl_ddll:try_unload(child_drv, [])]).
C($b), Say(Loaded()), Say(Open("bad_child_drv")).
C($s), Say(Loaded()), Say(Open("child_drv")).
C($R), Say(Open("child_drv")).
C($r), Say(Open("child_drv")), C($r), C($R).
Say(Loaded()).
port_close(P).
Say(erl_ddll:unload_driver(entry_drv)).
Say(Loaded()).
