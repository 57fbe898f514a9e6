%% Every form of a port's name, and which driver it leads to (but for a bitstring: with that, erl crashes).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "opener").
Try = fun(Name) ->
    try open_port(Name, []) of
        Port ->
            receive {Port, {data, D}} -> io:format("~p: ~w ~w~n", [Name, D, erlang:port_info(Port, name)])
            after 0 -> io:format("~p: nothing ~w~n", [Name, erlang:port_info(Port, name)]) end,
            catch port_close(Port)
    catch Class:Reason:Stack -> {M, F, A, Info} = hd(Stack), io:format("~p: ~p ~p ~p~n", [Name, Class, Reason, {M, F, A, Info}])
    end
end.
[Try({spawn_driver, Command}) || Command <- [
    "opener command", "opener  command", "opener", opener, 'opener command', <<"opener command">>, <<"opener">>,
    <<"opener command", 0, "x">>, <<"opener", 0, "x">>, [<<"opener command">>], ["opener", $\s, ["comm", "and"]], ["opener", 0], " opener command",
    "opener\tcommand", "opene", "openerx command", "Opener", "", [], <<>>, '', 17, 1.5, {}, #{}, [a], ["a" | b],
    "opener \x{e4}", [$o, $p, -1], [256], ["opener " | <<"x">>], "opener command \x{1F600}", <<"opener \x{e4}"/utf8>>, "opener\n", "opener command\nx"
]].
[Try(Name) || Name <- [{spawn_driver}, {spawn_driver, "opener", []}, {foo, "opener"}, {spawn, "opener command"}, {spawn, ""}, 17, {}, <<"opener">>, {spawn, 17}, {"spawn", "opener"}]].
