%% A driver ends its port in every way: what a trapping owner, a linked process and monitors get, and when stop comes.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "failing").
process_flag(trap_exit, true).
Main = self().
All = fun All(Acc) -> receive M -> All([M | Acc]) after 0 -> lists:reverse(Acc) end end.
Show = fun(Port, Ref, Ms) -> [case M of {'EXIT', Port, R} -> {'EXIT', R}; {'DOWN', Ref, Type, Port, R} -> {down, Type, R}; {Port, A, N} -> {A, N}; {Port, D} -> D; Other -> Other end || M <- Ms] end.
Run = fun(Options, Requests) ->
    Port = open_port({spawn_driver, "failing"}, Options),
    Ref = monitor(port, Port),
    Linked = spawn(fun() -> process_flag(trap_exit, true), link(Port), Main ! {self(), linked},
                       receive {'EXIT', Port, R} -> Main ! {self(), R}; {_, quit} -> ok end end),
    receive {Linked, linked} -> ok end,
    Did = [try case Request of
                   {command, D} -> port_command(Port, D);
                   {call, T} -> erlang:port_call(Port, 1, T);
                   _ -> port_control(Port, 0, Request)
               end of Said -> Said catch _:Reason -> Reason end || Request <- Requests],
    Alive = erlang:port_info(Port, name) =/= undefined,
    Other = case Alive of true -> Linked ! {self(), quit}, alive; false -> receive {Linked, Why} -> Why end end,
    io:format("~p ~p~n  said ~p, other ~p~n  ~p~n", [Options, Requests, Did, Other, Show(Port, Ref, All([]))]),
    catch port_close(Port), All([])
end.
[Run([], ["now " ++ How]) || How <- ["atom 0 boom", "atom 0 normal", "atom 0 kill", "atom 0 killed", "posix 2", "posix 0", "posix 9999", "posix -1", "failure 5", "failure 0", "failure -1", "failure 70000", "eof 0", "exit 0", "exit 2", "exit 9999", "exit -5", "twice 0"]].
[Run([eof], ["now " ++ How]) || How <- ["eof 0", "failure 0", "exit 0", "failure 1"]].
Run([eof], ["now eof 0", "now eof 0", "now atom 0 x"]).
[Run([], ["output " ++ How, {command, "data"}, {command, "more"}]) || How <- ["atom 0 boom", "eof 0", "exit 0", "exit 3"]].
[Run([], ["call " ++ How, {call, {some, term}}, {call, more}]) || How <- ["atom 0 boom", "exit 0"]].
[Run([], ["now enq 3 abc", "now " ++ How]) || How <- ["atom 0 boom", "eof 0", "exit 0"]].
[Run([eof, {line, 5}], [{command, "ab"}, {command, "cd\nefghijkl"}, "now " ++ How]) || How <- ["eof 0", "failure 0", "atom 0 x", "exit 0"]].
[Run([binary, {line, 5}], [{command, "ab"}, "now " ++ How]) || How <- ["eof 0", "failure 0", "failure 2", "exit 0"]].
[Run([{line, 4}], [{command, D}, "now eof 0"]) || D <- ["ab\r", "abcd\r", "abcd", "", "\n", "abc\r\n", "abcde"]].
