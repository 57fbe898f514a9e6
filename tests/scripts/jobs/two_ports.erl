%% Keys are no property of ports: two ports share the thread of a key. Port-level locking changes nothing in the order.
%% flags: +A 4
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "apart_drv").
P = open_port({spawn_driver, "apart_drv"}, []).
Q = open_port({spawn_driver, "apart_drv"}, []).
io:format("~p~n", [[erlang:port_info(X, locking) || X <- [P, Q]]]).
port_control(P, $c, "").
port_control(P, $k, "w 2 of P").
io:format("~s~n", [port_control(P, $W, "1")]).
port_control(Q, $k, "p 2 of Q").
port_control(Q, $k, "p 3 of Q with another key").
receive M1 -> io:format("~p~n", [M1]) end.
port_control(Q, $o, "").
R = [receive M -> M end || _ <- [1, 2]].
io:format("~p ~p~n", [lists:member({P, {data, "ready of P"}}, R), lists:member({Q, {data, "ready of Q"}}, R)]).
[port_close(X) || X <- [P, Q]].
