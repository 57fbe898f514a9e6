%% Badly formed specifications, to a living owner and to a dead process: -1, or 0 where nobody would get the term.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "terms").
Port = open_port({spawn_driver, "terms"}, []).
W = fun(N) -> <<$w, N:64>> end.
P = fun(B) -> <<$p, (byte_size(B)):32, B/binary>> end.
B = fun(Bin) -> <<$b, (byte_size(Bin)):32, Bin/binary>> end.
A = fun(Name) -> <<$a, (length(Name)), (list_to_binary(Name))/binary>> end.
{Friend, Ref} = spawn_monitor(fun() -> port_control(Port, 9, "") end).
receive {'DOWN', Ref, _, _, _} -> ok end.
Try = fun(Name, Spec) ->
    Said = [port_control(Port, Op, Spec) || Op <- [0, 1, 2, 3, 4, 5, 6, 7]],
    io:format("~p: ~p~n", [Name, Said]),
    (fun Drain() -> receive M -> io:format("  ~p~n", [M]), Drain() after 0 -> ok end end)()
end.
Nil = W(1). Int = fun(N) -> [W(3), W(N)] end.
Try(empty, []).
Try(fine, Int(5)).
Try(two, [Nil, Nil]).
Try(no_tag, W(0)). Try(tag_18, W(18)). Try(tag_18, [Nil, W(18)]). Try(negative_tag, W(-1)). Try(large_tag, W(1 bsl 40)).
[Try({missing, Tag}, W(Tag)) || Tag <- [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]].
[Try({half, Tag}, [W(Tag), P(<<"abc">>)]) || Tag <- [5, 6, 9, 12, 14]].
Try(half_binary, [W(5), B(<<"abc">>), W(3)]).
Try(atom_nil, [W(2), "n"]). Try(atom_pid, [W(2), "c"]). Try(atom_port, [W(2), "P"]). Try(atom_zero, [W(2), W(0)]). Try(atom_tuple, [W(2), W(2)]).
Try(port_pid, [W(4), "c"]). Try(port_atom, [W(4), A("a")]). Try(port_nil, [W(4), "n"]).
Try(pid_port, [W(10), "P"]). Try(pid_atom, [W(10), A("a")]). Try(pid_nil, [W(10), "n"]).
Try(binary_null, [W(5), W(0), W(0), W(0)]).
Try(binary_long, [W(5), B(<<"abc">>), W(4), W(0)]). Try(binary_offset, [W(5), B(<<"abc">>), W(3), W(1)]). Try(binary_far, [W(5), B(<<"abc">>), W(0), W(4)]).
Try(string_null, [W(6), W(0), W(0)]). Try(string_null_3, [W(6), W(0), W(3)]). Try(string_negative, [W(6), P(<<"abc">>), W(-1)]). Try(string_2_31, [W(6), P(<<"abc">>), W(1 bsl 31)]).
Try(cons_nothing, [W(9), P(<<"abc">>), W(3)]). Try(cons_null, [Nil, W(9), W(0), W(0)]). Try(cons_negative, [Nil, W(9), P(<<"abc">>), W(-1)]).
Try(tuple_under, [Nil, W(7), W(2)]). Try(tuple_negative, [Nil, W(7), W(-1)]). Try(tuple_over, [Nil, Nil, W(7), W(1)]).
Try(list_0, [W(8), W(0)]). Try(list_0_nil, [Nil, W(8), W(0)]). Try(list_under, [Nil, W(8), W(2)]). Try(list_negative, [Nil, W(8), W(-1)]).
[Try({float, Bits}, [W(11), P(<<Bits:64/native>>)]) || Bits <- [16#7ff0000000000000, 16#fff0000000000000, 16#7ff8000000000000, 16#8000000000000000]].
Try(float_null_in_list, [Int(1), W(8)]).
[Try({ext, E}, [W(12), P(E), W(byte_size(E))]) || E <- [<<>>, <<131>>, <<130, 97, 5>>, <<131, 97>>, <<131, 255>>, <<97, 5>>, <<131, 104, 2, 97, 1>>, <<131, 109, 0, 0, 0, 9, 1>>, <<131, 80, 0, 0, 0, 9, 1>>, <<131, 116, 0, 0, 0, 2, 97, 1, 97, 1, 97, 1, 97, 2>>]].
Try(ext_null, [W(12), W(0), W(0)]). Try(ext_null_5, [W(12), W(0), W(5)]). Try(ext_zero, [W(12), P(<<131, 97, 5>>), W(0)]). Try(ext_short, [W(12), P(<<131, 97, 5>>), W(2)]). Try(ext_negative, [W(12), P(<<131, 97, 5>>), W(-1)]).
Try(buf_null, [W(14), W(0), W(1)]). Try(buf_null_0, [W(14), W(0), W(0)]).
Try(map_under, [Nil, W(17), W(1)]). Try(map_negative, [Nil, W(17), W(-1)]). Try(map_twice, [Int(1), Int(2), Int(1), Int(3), W(17), W(2)]). Try(map_more, [Nil, Nil, Nil, W(17), W(1)]).
Try(map_twice_int_float, [Int(1), Int(2), W(11), P(<<1.0/float-native>>), Int(3), W(17), W(2)]).
Try(nested_bad, [W(11), P(<<16#7ff8000000000000:64/native>>), Int(5), W(7), W(2)]).
Try(bad_after_good, [Int(5), W(2), W(0)]).
io:format("~p ~p~n", [Friend =:= self(), is_process_alive(Friend)]).
