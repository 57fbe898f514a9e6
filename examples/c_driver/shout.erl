%% Use a driver written in C. The same file runs under erl and under erts-emu:
%%
%%   cc -shared -fPIC -I "$(erts-emu include)" -o shout_drv.so shout_drv.c
%%   erts-emu run shout.erl
%%   erl -noshell -eval 'file:eval("shout.erl"), halt().'

ok = erl_ddll:load_driver(".", "shout_drv").
Port = open_port({spawn_driver, "shout_drv"}, [binary]).

Ask = fun(Text) ->
          port_command(Port, Text),
          receive {Port, {data, Answer}} -> Answer end
      end.

[io:format("~p -> ~p~n", [Text, Ask(Text)]) || Text <- ["hello", "a port", "is a process' neighbour"]].

port_close(Port).
ok = erl_ddll:unload_driver("shout_drv").
io:format("~p~n", [[Driver || Driver <- element(2, erl_ddll:loaded_drivers()), Driver =:= "shout_drv"]]).
