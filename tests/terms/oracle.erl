%% What the real system makes of terms. Reads records and writes their answers, both with 32-bit sizes in front.
-module(oracle).
-export([main/2]).

main(In, Out) ->
    {ok, Data} = file:read_file(In),
    {ok, File} = file:open(Out, [write, raw, binary, delayed_write]),
    answer(Data, File),
    ok = file:close(File),
    halt(0).

answer(<<>>, _File) ->
    ok;
answer(<<$p, Column:32/signed, Width:32, Depth:32/signed, Most:32/signed, Strings:8, Size:32, Bin:Size/binary, Rest/binary>>,
       File) ->
    write(File, printed(binary_to_term(Bin), Column, Width, Depth, Most, Strings =:= 1)),
    answer(Rest, File);
answer(<<$s, Size:32, Bin:Size/binary, Rest/binary>>, File) ->
    write(File, ordered(binary_to_term(Bin))),
    answer(Rest, File);
answer(<<$d, Size:32, Bin:Size/binary, Rest/binary>>, File) ->
    write(File, decoded(Bin)),
    answer(Rest, File);
answer(<<$h, Size:32, Bin:Size/binary, Rest/binary>>, File) ->
    Term = binary_to_term(Bin),
    write(File, [<<(erlang:phash2(Term)):32, (erlang:phash2(Term, 1 bsl 32)):32, (erlang:phash(Term, 1 bsl 32) - 1):32>>]),
    answer(Rest, File);
answer(<<$l, Size:32, Bin:Size/binary, Rest/binary>>, File) ->
    write(File, [<<(string:length(unicode:characters_to_list(Bin))):32>>]),
    answer(Rest, File).

write(File, Fields) ->
    ok = file:write(File, [[<<(iolist_size(F)):32>>, F] || F <- Fields]).

printed(Term, Column, Width, Depth, Most, Strings) ->
    Options = [{column, Column}, {line_length, Width}, {depth, Depth}, {line_max_chars, Most}, {strings, Strings}],
    Shell = [{column, 1}, {line_length, 80}, {depth, 30}, {line_max_chars, 60}],
    [io_lib:format("~w", [Term]),
     utf8(io_lib:format("~tw", [Term])),
     io_lib:format("~p", [Term]),
     utf8(io_lib:format("~tp", [Term])),
     pretty(Term, [{encoding, latin1} | Shell]),
     pretty(Term, [{encoding, unicode} | Shell]),
     pretty(Term, [{encoding, latin1} | Options]),
     pretty(Term, [{encoding, unicode} | Options]),
     io_lib:format("~W", [Term, Depth]),
     term_to_binary(Term)].

pretty(Term, Options) ->
    utf8(io_lib_pretty:print(Term, Options)).

utf8(Characters) ->
    unicode:characters_to_binary(Characters).

%% The places of the sorted elements, and how each compares with the next.
ordered(Terms) ->
    Numbered = lists:zip(Terms, lists:seq(0, length(Terms) - 1)),
    Sorted = lists:sort(fun({A, _}, {B, _}) -> A =< B end, Numbered),
    [[<<I:16>> || {_, I} <- Sorted], relations([T || {T, _} <- Sorted])].

relations([A | [B | _] = Rest]) ->
    [if A =:= B -> $i; A == B -> $e; A < B -> $l; true -> $g end | relations(Rest)];
relations(_) ->
    [].

decoded(Bin) ->
    try binary_to_term(Bin, [used]) of
        {Term, Used} -> [<<Used:32, (term_to_binary(Term))/binary>>]
    catch
        error:badarg -> [<<>>]
    end.
