%% ~p and its relatives, line breaking included.
io:format("~p~n", [lists:seq(1, 60)]).
io:format("~p~n", [[{name, "a long string here"}, {other, "some other long string"}, {third, [1, 2, 3, 4]}]]).
io:format("here comes ~p~n", [lists:seq(1, 40)]).
io:format("~p~n", [#{alpha => lists:seq(1, 30), beta => "text", gamma => {tuple, <<"binary">>, #{inner => map}}}]).
io:format("~p~n", [{tag, {deep, {deeper, {deepest, lists:duplicate(20, abc)}}}}]).
io:format("~40p~n", [[aaaaaaaaaa, bbbbbbbbbb, cccccccccc, dddddddddd, eeeeeeeeee]]).
io:format("~0p|~0tp~n", [lists:seq(1, 60), "abc"]).
io:format("~w ~w ~w~n", ["abc", 'quoted atom', <<"ab", 200>>]).
io:format("~P ~W~n", [lists:seq(1, 20), 8, {a, {b, {c, {d}}}}, 4]).
io:format("~s|~10s|~-10s|~.2s|~10.3s|~c|~5c~n", ["str", "right", "left", "cut", "both", $x, $y]).
io:format("~ts ~ts ~s ~p ~tp ~tw~n", [[945, 946], <<"é"/utf8>>, [233], [945], [233], 'é']).
io:format("~~ ~i~w ~*c ~-5w| ~5w| ~3w|~n", [skipped, shown, 3, $*, ab, ab, abcdef]).
io:format("~p ~p ~p ~p~n", ["", "a\tb\n\"q\"\\", [1, 2, 300], <<0, 1, 2>>]).
io:format("~p~n", [['Abc', abc, 'a b', '1', '', 'é', 'É', 'end', '@x', a@b, '\n']]).
io:format("~p~n", [[1.0, -1.5, 1.0e100, 1.0e-10, 100.0, 1000.0, 123456.789, 0.00001]]).
io:format("~p ~p ~p~n", [fun lists:map/2, fun() -> ok end, fun F(_) -> F end]).
io:format(<<"binary format ~w~n">>, [1]), io:format('atom format~n'), io:format("no arguments~n").
io:put_chars(["deep ", [<<"chars">>, $\n]]), io:write({a, "b"}), io:nl(), io:fwrite("~w~n", [x]).
[io:format("~p~n", [try io:format(F, A) catch C:R -> {C, R} end]) || {F, A} <- [{"~q~n", [1]}, {"~p", []}, {"x", [1]}, {"~s", [1]}, {"~p", x}]].
io:format("~s~n", [io_lib:format("~p-~s", [a, "b"])]), io:format("~p~n", [lists:flatten(io_lib:format("~.3f", [1.0]))]).
io:format("~s~n", [string:join(["a", "b", "c"], ", ")]).
io:format("~p~n", [#{}]), io:format("~p~n", [{}]), io:format("~p~n", [[]]), io:format("~p~n", [[[]]]).
io:format("~p~n", [lists:duplicate(30, "string")]).
io:format("~p~n", [<<"a longer binary that is printable and goes beyond the width of the line, as it happens to be">>]).
io:format("~p~n", [list_to_binary(lists:seq(0, 60))]).
io:format("~tp~n", ["unicode: \x{3b1}"]), io:format("~p~n", ['\x{3b1}']).
