%% The bit syntax, both ways.
P = fun(T) -> io:format("~p ~w~n", [T, T]) end.
P(<<1, 2, 3>>), P(<<"abc">>), P(<<"ab", 0>>), P(<<1:3>>), P(<<>>), P(<<16#1234:16>>), P(<<16#1234:16/little>>).
P(<<-1>>), P(<<300>>), P(<<1.5/float>>), P(<<1.5:32/float-little>>), P(<<1.5:16/float>>), P(<<"é"/utf8>>), P(<<"ab"/utf16>>).
P(<<1:4, 2:4>>), P(<<1:1, 0:2, 7:5>>), P(<<(<<5:3>>)/bits, 1:5>>), P(<<(<<1, 2, 3>>):2/binary>>), P(<<16#abc:12/little>>).
<<N, Data:N/binary, Tail/binary>> = <<3, "abcdef">>, P({N, Data, Tail}).
<<A:4, B:12, C/bits>> = <<16#12345:20, 5:3>>, P({A, B, C}).
<<S/signed, U>> = <<255, 255>>, P({S, U}).
<<L:24/little, Bg:24>> = <<1, 2, 3, 1, 2, 3>>, P({L, Bg}).
<<F/float, G:32/float>> = <<2.5/float, 2.5:32/float>>, P({F, G}).
<<Ch/utf8, More/binary>> = <<"ñandú"/utf8>>, P({Ch, More}).
P(<< <<(X * 2)>> || X <- [1, 2, 3] >>), P(<< <<X:4>> || X <- [1, 2, 3] >>), P([X || <<X:4>> <= <<16#1234:16>>]).
P([{X, Y} || <<X, Y:4>> <= <<1, 2, 3, 4>>]), P([X || <<1:1, X:7>> <= <<129, 1, 130>>]), P([X || <<X:2/binary>> <= <<"abcde">>]).
Parse = fun(<<"GET ", Path/binary>>) -> {get, Path}; (<<Len:16, Body:Len/binary, R/binary>>) -> {msg, Body, R}; (O) -> {other, O} end.
P(Parse(<<"GET /x">>)), P(Parse(<<3:16, "abcd">>)), P(Parse(<<9:16, "abcd">>)), P(Parse(<<>>)).
[P(try E() catch K:R -> {K, R} end) || E <- [fun() -> <<5/binary>> end, fun() -> <<1:-8>> end,
  fun() -> <<_:8>> = <<1, 2>> end, fun() -> <<(1 bsl 21)/utf8>> end]].
P(binary:split(<<"a,b,,c">>, <<",">>, [global])), P(binary:match(<<"hello">>, [<<"l">>, <<"ll">>])), P(binary:part(<<"hello">>, 1, 3)).
P(binary:replace(<<"a-b-c">>, <<"-">>, <<"+">>, [global])), P(binary:encode_hex(<<1, 255>>)), P(binary:decode_unsigned(<<1, 0>>)).
P(iolist_to_binary([1, [<<2>>, "ab" | <<3>>]])), P(bit_size(<<1:5>>)), P(byte_size(<<1:5>>)), P(binary_to_list(<<"xyz">>)).
P(term_to_binary({a, 1, "b", <<1>>, 1.5, #{k => v}})), P(binary_to_term(term_to_binary([{a, 1 bsl 70}]))).
