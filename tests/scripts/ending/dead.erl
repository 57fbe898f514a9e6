%% Everything that can be asked of ports that are gone, or never were, and of things that are no ports.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
Dead = open_port({spawn_driver, "echo"}, []).
port_close(Dead).
Never = list_to_port("#Port<0.99999>").
process_flag(trap_exit, false).
register(some_process, self()).
Calls = [
    {port_command, [p, "x"]}, {port_command, [p, bad]}, {port_command, [p, "x", []]}, {port_command, [p, "x", [force]]}, {port_command, [p, "x", [foo]]}, {port_command, [p, "x", foo]}, {port_command, [p, "x", [force | foo]]},
    {port_control, [p, 0, "x"]}, {port_control, [p, -1, "x"]}, {port_control, [p, 0, bad]}, {port_call, [p, 0, x]}, {port_call, [p, x]}, {port_call, [p, -1, x]}, {port_close, [p]}, {port_connect, [p, self()]}, {port_connect, [p, foo]},
    {port_info, [p]}, {port_info, [p, name]}, {port_info, [p, foo]}, {port_info, [p, 17]}, {port_info, [p, [name]]}, {port_set_data, [p, x]}, {port_get_data, [p]}, {port_to_list, [p]},
    {unlink, [p]}, {exit, [p, foo]}, {send, [p, foo]}, {send, [p, foo, [nosuspend]]}, {send, [p, foo, [bar]]}, {send_nosuspend, [p, foo]}, {send_nosuspend, [p, foo, []]}, {is_port, [p]}, {node, [p]}
].
[[begin
      Args = [case A of p -> Port; _ -> A end || A <- As],
      io:format("~p ~w: ~w~n", [F, [case A of Port -> Kind; _ when is_pid(A) -> pid; _ -> A end || A <- Args], try apply(erlang, F, Args) of V -> case V of _ when is_pid(V) -> pid; Port when F =/= send -> Kind; _ when F =:= port_to_list -> list; _ -> V end catch C:R:Stack -> {erlang, N, _, I} = hd(Stack), {C, R, N, I} end])
  end || {F, As} <- Calls] || {Kind, Port} <- [{dead, Dead}, {never, Never}, {nobody, nobody}, {some_process, some_process}, {number, 17}, {tuple, {}}, {string, "#Port<0.5>"}]].
Wait = fun Wait() -> receive foo -> Wait() after 0 -> ok end end.
Wait().
[io:format("link ~p: ~p~n", [Kind, try link(P) catch C:R -> {C, R} end]) || {Kind, P} <- [{dead, Dead}, {never, Never}, {atom, nobody}, {number, 17}]].
process_flag(trap_exit, true).
[io:format("link ~p: ~p~n", [Kind, try link(P) catch C:R -> {C, R} end]) || {Kind, P} <- [{dead, Dead}, {never, Never}, {atom, nobody}]].
[receive {'EXIT', P, R} -> io:format("~p ~p~n", [P =:= Dead, R]) after 1000 -> io:format("nothing~n") end || _ <- [1, 2]].
[io:format("monitor ~p: ~p~n", [Kind, try monitor(Type, P) of Ref -> receive {'DOWN', Ref, T, O, W} -> {T, O =:= P orelse O, W} after 1000 -> nothing end catch C:R -> {C, R} end])
 || {Kind, Type, P} <- [{dead, port, Dead}, {never, port, Never}, {nobody, port, nobody}, {named, port, some_process}, {node, port, {nobody, node()}}, {node, port, {some_process, node()}}, {other, port, {nobody, 'x@y'}}, {pid, port, self()}, {number, port, 17}, {process, process, Dead}, {type, foo, Dead}, {process_name, process, nobody}]].
[io:format("register ~p: ~p~n", [Kind, try register(a_name, P) catch C:R:S -> {C, R, element(4, hd(S))} end]) || {Kind, P} <- [{dead, Dead}, {never, Never}, {number, 17}]].
