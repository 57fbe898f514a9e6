%% Ports of a driver with one lock: callbacks of one use the handles of others.
Log = "/tmp/relay_" ++ os:getpid() ++ "_" ++ integer_to_list(erlang:unique_integer([positive])).
file:delete(Log), os:putenv("TELL_LOG", Log).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "relay").
process_flag(trap_exit, true).
Ports = [open_port({spawn_driver, "relay"}, Options) || Options <- [[], [binary], [{line, 4}], [eof], [], [], [], []]].
P = fun(N) -> lists:nth(N + 1, Ports) end.
Mail = fun Mail() -> receive M -> [M | Mail()] after 30 -> [] end end.
Did = fun() -> {ok, Text} = case file:read_file(Log) of {error, enoent} -> {ok, <<>>}; Read -> Read end, file:delete(Log), string:lexemes(binary_to_list(Text), "\n") end.
Do = fun(N, What) -> R = try port_control(P(N), 0, What) catch _:E -> E end, io:format("~w ~s: ~0p ~0p ~0p~n", [N, What, R, Mail(), Did()]) end.
[Do(0, What) || What <- ["1 output hello", "2 output ab", "2 output cdefg", "0 output self", "3 eof", "3 output more", "1 caller", "0 caller"]].
io:format("~0p ~0p ~0p~n", [port_command(P(0), "all"), Mail(), Did()]).
[Do(0, What) || What <- ["1 timer 0", "1 timer 60000", "1 left", "1 cancel", "1 left", "1 flags 1", "0 flags 1"]].
Do(1, "0 flags 0").
[Do(0, What) || What <- ["1 fail boom", "1 output x", "2 exit 2", "3 fail kill"]].
[Do(0, What) || What <- ["4 enq abc", "4 size"]].
port_close(P(4)).
io:format("~0p ~0p ~w~n", [Mail(), Did(), lists:member(P(4), erlang:ports())]).
[Do(0, What) || What <- ["4 size", "4 output lost", "4 deq 1", "4 deq 2"]].
lists:member(P(4), erlang:ports()).
io:format("~w ~0p~n", [lists:member(P(4), erlang:ports()), Did()]).
Do(4, "4 size"), io:format("~w~n", [lists:member(P(4), erlang:ports())]).
Do(0, "5 busy 1").
Me = self().
S = spawn(fun() -> Me ! {sent, port_command(P(5), "held")} end).
timer:sleep(20), io:format("~0p~n", [process_info(S, status)]).
Do(0, "5 busy 0").
Do(0, "6 busy 1").
spawn(fun() -> Me ! {sent, catch element(1, element(2, catch port_command(P(6), "held")))} end), timer:sleep(20).
Do(0, "6 fail gone").
Do(7, "0 fail last"), Do(7, "7 fail me"), Do(7, "7 output me").
file:delete(Log), os:unsetenv("TELL_LOG").
