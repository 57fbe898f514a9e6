%% alone
%% init:stop returns; then the system ends.
io:format("~p~n", [try init:stop(a) catch error:badarg -> badarg end]).
io:format("~p ~p~n", [init:get_argument(nonesuch), init:get_plain_arguments()]).
ok = init:stop().
io:format("goes on~n").
receive after infinity -> ok end.
