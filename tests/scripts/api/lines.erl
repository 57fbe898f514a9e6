%% Line mode: where lines end, whatever the pieces, and the functions that do not care.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
All = fun All() -> receive {P, {data, D}} when is_port(P) -> [D | All()]; {P, M} when is_port(P) -> [M | All()]; {'EXIT', P, R} when is_port(P) -> [{exit, R} | All()] after 0 -> [] end end.
process_flag(trap_exit, true).
Try = fun(Options, Way, Pieces) ->
    P = open_port({spawn_driver, "echo"}, Options),
    port_control(P, 1, [Way]),
    Said = [begin port_command(P, D), All() end || D <- Pieces],
    port_control(P, 2, ""),
    io:format("~p ~p ~p: ~p ~p~n", [Options, Way, Pieces, Said, All()]),
    catch port_close(P), All()
end.
Pieces = [["abc\n"], ["abc", "def\n"], ["abcde\n"], ["abcdefghijk\n"], ["abcde"], ["\n"], ["\r\n"], ["\r", "\n"], ["ab\r\n"], ["ab\r", "\n"], ["ab\r", "cd\n"], ["abcde\r\n"], ["abcde\r", "\n"], ["abcde\r", "f\n"], ["abcd\re\n"], ["\r\r\n"], ["a\r\r\nb"], ["no newline"], ["one\ntwo\nthree"], ["\n\n\n"], [""], ["a", "", "b\n"], [<<0, 255, 10, 0>>], ["abcdefghijklmnopqrstuvwxyz"], ["a\nb", "c\nd", "e"], ["\r"], ["abcde\r"], ["abcdef\r"]].
[Try([{line, 5}], 0, Ps) || Ps <- Pieces].
[Try([{line, 5}, binary], 0, Ps) || Ps <- Pieces].
[Try([{line, 5}, eof], 0, Ps) || Ps <- [["abc"], ["abcdefg"], ["a\r"]]].
[Try([{line, 1}], 0, Ps) || Ps <- [["abc\n"], ["a\r\n"], ["\r\n"], ["a\n\nb"]]].
[Try([{line, 5}, binary], 1, Ps) || Ps <- [["abc\n"], ["ab", "c\n"], ["a\nb\nc"], ["abcdefg"]]].
[Try([{line, 5}], 1, Ps) || Ps <- [["abc\n"], ["ab", "c\n"], ["a\nb\nc"], ["abcdefg"]]].
[Try([{line, 5}], Way, ["ab\ncd", "e\n"]) || Way <- [2, 3, 4, 5, 6, 7]].
Try([line], 0, [lists:duplicate(511, $a), "b", "c\n"]).
Try([line, binary], 0, [lists:duplicate(1200, $a), "\n"]).
Long = open_port({spawn_driver, "echo"}, [{line, 1000}]).
[port_command(Long, [integer_to_list(N), "\n"]) || N <- lists:seq(1, 2000)].
io:format("~p~n", [[length(L) || L <- [All()]]]).
port_command(Long, [[integer_to_list(N), "\n"] || N <- lists:seq(1, 2000)]).
L2 = All().
io:format("~p ~p~n", [length(L2), lists:last(L2)]).
