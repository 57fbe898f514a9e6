%% A driver binary that was sent lives on in messages, and is recognised when it comes back.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "shares").
P = open_port({spawn_driver, "shares"}, [binary]).
Ask = fun(Op, Data) -> port_control(P, Op, Data) end.
Next = fun() -> receive {P, {data, D}} -> D after 2000 -> nothing end end.
Count = fun() -> Ask(10, "") end.
Drop = fun() -> erlang:garbage_collect() end.

%% However small the part is, a message of driver_output_binary shares it; a term does from 65 bytes on.
[begin
     Ask(0, [200]),
     Ask(Op, [From, Size]),
     io:format("~w ~p of ~p: ~s ", [Op, Size, From, Count()]),
     Next(),
     io:format("~n")
 end || Op <- [1, 2], {From, Size} <- [{0, 0}, {0, 1}, {0, 64}, {0, 65}, {10, 100}, {0, 200}]].

%% In list mode nothing is shared.
L = open_port({spawn_driver, "shares"}, []).
port_control(L, 0, [200]).
port_control(L, 1, [0, 100]).
io:format("list: ~s~n", [port_control(L, 10, "")]).
receive {L, {data, Bytes}} -> io:format("~p~n", [length(Bytes)]) end.
port_close(L).

%% It comes back as itself, and as what it was cut to.
Ask(0, [200]).
Ask(1, [0, 200]).
Whole = Next().
port_command(P, Whole).
io:format("whole ~s~n", [Next()]).
port_command(P, ["x", Whole, "y"]).
io:format("within ~s~n", [Next()]).
<<_:10/binary, Rest/binary>> = Whole.
port_command(P, Rest).
io:format("rest ~s~n", [Next()]).
port_command(P, binary:part(Whole, 20, 100)).
io:format("part ~s~n", [Next()]).
{Left, Right} = split_binary(Whole, 90).
port_command(P, [Left, Right, Whole]).
io:format("halves ~s~n", [Next()]).
<<Middle:70/binary, _/binary>> = Rest.
port_command(P, Middle).
io:format("middle ~s~n", [Next()]).
port_command(P, binary:copy(Whole)).
io:format("copy ~s~n", [Next()]).
port_command(P, <<Whole/binary, 1>>).
io:format("longer ~s~n", [Next()]).
Small = binary:part(Whole, 20, 64).
port_command(P, Small).
io:format("small ~s~n", [Next()]).
<<_:4, Loose:100/binary, _/bits>> = Whole.
port_command(P, Loose).
io:format("loose ~s~n", [Next()]).
port_command(P, binary_to_term(term_to_binary(Whole))).
io:format("through the external format ~s~n", [Next()]).

%% Parts of what no driver has made.
Own = binary:copy(<<"0123456789">>, 30).
port_command(P, [Own, binary:part(Own, 3, 200)]).
io:format("own ~s~n", [Next()]).
<<_:5/binary, Tail/binary>> = Own.
port_command(P, Tail).
io:format("tail ~s~n", [Next()]).
[First, Second] = binary:split(<<Own/binary, $\n, Own/binary>>, <<"\n">>).
port_command(P, [First, Second]).
io:format("split ~s~n", [Next()]).
<<_:3, Crooked:80/binary, _/bits>> = Own.
port_command(P, Crooked).
io:format("crooked ~s~n", [Next()]).
<<Bits:1599/bits, _/bits>> = Own.
io:format("bits ~p~n", [try port_command(P, Bits) catch error:badarg -> badarg end]).

%% The counts of queues, vectors and replies.
Ask(0, [200]).
io:format("queue ~s ~s", [Ask(4, [0, 100]), Ask(4, [100, 100])]).
io:format(" ~s~n", [Ask(5, "")]).
io:format("vector ~s", [Ask(3, [100, 100])]).
receive {P, {data, [V1 | V2]}} -> io:format(" ~p ~p~n", [byte_size(V1), byte_size(V2)]) end.
port_command(P, [V2, V1]).
io:format("back ~s~n", [Next()]).
Ask(3, [10, 20]).
io:format("small vector ~p~n", [Next()]).
Ask(0, [100]).
Reply = Ask(8, "").
io:format("reply ~p ~s~n", [byte_size(Reply), begin Ask(9, ""), Count() end]).
port_command(P, Reply).
io:format("replied ~s~n", [Next()]).

%% When there is no such term any more, its reference is given back.
Ask(0, [200]).
Me = self().
Holder = spawn_link(fun() -> receive {P, {data, Held}} -> receive stop -> Me ! {size, byte_size(Held)} end end end).
port_connect(P, Holder).
unlink(Holder).
Ask(1, [0, 200]).
io:format("held ~s~n", [Count()]).
Holder ! stop.
receive {size, Size} -> io:format("size ~p~n", [Size]) end.
receive {'EXIT', P, Reason} -> io:format("~p~n", [Reason]) end.
erl_ddll:unload_driver("shares").
