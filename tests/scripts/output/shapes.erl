%% What each output function sends, to ports with lists and with binaries, for sizes around the limit of heap binaries.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
Show = fun Show(B) when is_binary(B), byte_size(B) > 30 -> {binary, byte_size(B), erlang:crc32(B)};
           Show([H | T]) when is_integer(H) ->
               case catch length(T) of
                   N when is_integer(N), N > 30 -> {list, N + 1, erlang:crc32([H | T])};
                   N when is_integer(N) -> [H | T];
                   _ -> [H | Show(T)]
               end;
           Show([H | T]) -> [Show(H) | Show(T)];
           Show({data, D}) -> {data, Show(D)};
           Show(Other) -> Other
       end.
Ask = fun(Port, Way, Data) ->
    [] = port_control(Port, 1, [Way]),
    true = port_command(Port, Data),
    receive {Port, Got} -> io:format("~p ~p: ~p~n", [Way, iolist_size(Data), Show(Got)]) after 5000 -> io:format("~p nothing~n", [Way]) end
end.
Sizes = [0, 1, 2, 63, 64, 65, 1000, 70000].
Data = fun(N) -> list_to_binary([I rem 256 || I <- lists:seq(1, N)]) end.
[begin
     Port = open_port({spawn_driver, "echo"}, Options),
     io:format("~p ~p~n", [Options, port_control(Port, 3, "")]),
     [Ask(Port, Way, Data(N)) || Way <- lists:seq(0, 7), N <- Sizes, Way < 6 orelse N =:= 0],
     io:format("~p ~p~n", [erlang:port_info(Port, input), erlang:port_info(Port, output)]),
     port_close(Port)
 end || Options <- [[], [binary], [stream, in], [{packet, 2}, binary, out]]].
