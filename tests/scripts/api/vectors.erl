%% The vectors that outputv gets: which parts are copied together, which stand for themselves. (Parts of larger binaries, and
%% small ones that bit syntax has made, are not here: they show how erl stores them.)
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "vectors").
Port = open_port({spawn_driver, "vectors"}, []).
B = fun(N) -> binary:copy(<<"x">>, N) end.
Sub = fun(From, N, Of) -> binary:part(B(Of), From, N) end.
<<_:3, Odd:64/binary, _:5>> = <<0:3, (B(64))/binary, 0:5>>.
<<_:3, OddLong:100/binary, _:5>> = <<0:3, (B(100))/binary, 0:5>>.
Show = fun(Name, D) -> port_command(Port, D), receive {Port, {data, S}} -> io:format("~p: ~s~n", [Name, S]) end end.
[Show(N, D) || {N, D} <- [
    {nil, []}, {empty, <<>>}, {empties, [<<>>, <<>>, []]}, {string, "abc"}, {small, <<"abc">>}, {b64, B(64)}, {b65, B(65)}, {mixed, ["abc", B(65), "def"]}, {mixed_small, ["abc", B(1), "def"]},
    {two, [B(65), B(66)]}, {tail, ["abc" | B(65)]}, {tail_small, ["abc" | B(2)]}, {sub_small, Sub(10, 5, 200)}, {odd, Odd}, {odd_long, OddLong},
    {deep, [[["a"], B(100)], [[B(200)]]]}, {between, ["a", B(65), "b", B(66), "c", B(67), "d"]}, {big, B(1000000)}, {bigs, [B(1000000), "x", B(500000)]},
    {n14, lists:duplicate(14, B(100))}, {n15, lists:duplicate(15, B(100))}, {n16, lists:duplicate(16, B(100))}, {n20, lists:duplicate(20, B(255))}, {n20_256, lists:duplicate(20, B(256))}, {n20_mixed, lists:append(lists:duplicate(10, [B(100), B(300)]))}, {n15_small, lists:append(lists:duplicate(8, ["a", B(100)]))}, {n7_small, lists:append(lists:duplicate(7, ["a", B(100)]))}, {empty_between, ["a", <<>>, "b"]}, {empty_big, [B(65), <<>>, B(66)]}, {bytes, lists:seq(0, 255)}
]].
[begin Port ! {self(), {command, D}}, receive {Port, {data, S}} -> io:format("~s~n", [S]) end end || D <- ["abc", B(65), [B(65), "x"], []]].
[io:format("~p~n", [try port_command(Port, D) catch C:R -> {C, R} end]) || D <- [[256], a, <<1:1>>, <<1:9>>, [<<1:3>>], [1 | a], {}, 1]].
%% a binary that is kept
port_control(Port, 2, [1]).
port_command(Port, [B(100)]), receive {Port, {data, _}} -> ok end.
io:format("~s~n", [port_control(Port, 0, "")]).
port_control(Port, 1, "").
port_command(Port, "hello"), receive {Port, {data, _}} -> ok end.
io:format("~s~n", [port_control(Port, 0, "")]).
port_control(Port, 1, "").
port_control(Port, 2, [2]).
port_command(Port, ["abc", B(70), "d"]).
receive {Port, {data, S1}} -> io:format("~s~n", [S1]) end.
receive {Port, {data, S2}} -> io:format("~s~n", [S2]) end.
port_control(Port, 1, "").
port_control(Port, 2, [3]).
[begin port_command(Port, D), receive {Port, {data, S}} -> io:format("~s~n", [S]) end end || D <- ["abc", ["de", B(80)], "f", <<>>]].
io:format("~s~n", [port_control(Port, 3, "")]).
receive {Port, {data, S3}} -> io:format("~s~n", [S3]) end.
port_control(Port, 1, "").
io:format("~p~n", [port_close(Port)]).
%% lists and binaries
Bin = open_port({spawn_driver, "vectors"}, [binary]).
port_control(Bin, 2, [2]).
[begin port_command(Bin, D), receive {Bin, {data, _}} -> ok end, receive {Bin, {data, H}} -> io:format("~p~n", [H]) end, port_control(Bin, 1, "") end || D <- [[], "abc", B(70), ["a", B(65), "c"]]].
