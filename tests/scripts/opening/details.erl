%% What settings mean that are for external programs only: they are checked all the same.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
T = fun(O) -> io:format("~w: ~w~n", [O, try open_port({spawn_driver, "echo"}, O) of P -> port_close(P) catch C:R:S -> {R, element(4, hd(S))} end]) end.
[T(O) || O <- [ {binary}, {line}, {}, {foo}, foo, <<>>, [{line, 1 bsl 59}], [{line, 1 bsl 63}],
[{args,a}], [{args, [a]}], [{args, ["a"|b]}], [{args, [1]}], [{args, ["a", <<"b">>]}], [{args, [[256]]}], [{args,[[a]]}], [{args,[[0]]}], [{args,[<<0>>]}], [{args,{}}], [{arg0, 5}], [{arg0,a}], [{arg0,[]}],[{arg0,<<>>}],[{arg0,[0]}],[{arg0,[256]}], [{arg0,[-1]}],[{arg0,[a]}], [{arg0,["a",<<"b">>]}], [{arg0,{}}],
[{args,a},foo],[{args,[]},exit_status], [{cd,[0]}], [{cd,[256]}],[{cd,[-1]}],[{cd,[a]}],[{cd,["a",$b,[c]]}],[{cd,["a",$b,["c"]]}],[{cd,["a"|b]}],[{cd,["a",<<"b">>]}],[{cd,<<"a",0>>}], [{cd,<<1:4>>}],[{cd,{}}],[{cd,''}],[{cd,1.0}],
[{cd, 5}, {args, []}],[{cd,5},{cd,"a"}],[{cd,"a"},{cd,5}],
[stderr_to_stdout, nouse_stdio, use_stdio],[use_stdio,nouse_stdio,stderr_to_stdout],[nouse_stdio,use_stdio,stderr_to_stdout],[nouse_stdio,stderr_to_stdout,use_stdio],
[{line,5},stream,{packet,2}],[{packet,2},stream,{line,5}],[line,stream,{line,6}],[{packet,2},{line,5},stream,{packet,1}],
[{env,[{"A","b"}]},{env,a}],[{env,a},{env,[]}], [{env,[{"","b"}]}],[{env,[{"=A","b"}]}],[{env,[{"A=","b"}]}],[{env,[{"A",[0]}]}],[{env,[{"A",[256]}]}],[{env,[{[a],"b"}]}],[{env,[{"A","b",c}]}],[{env,[{"A","=b"}]}], [{env,[{"A",[-1]}]}], [{env,[{["A",["B"]],"b"}]}], [{env, [{"A",["b",$c]}]}],[{env,{}}],[{env,<<>>}], [{env,[{[],[]}]}],[{env,[{"A",nonsense}]}],[{env,[{false,"b"}]}],[{env,[{"A",[a]}]}],
[{packet,1},{packet,9}],[{parallelism,true},{parallelism,x}],[{busy_limits_msgq,disabled},{busy_limits_msgq,{1,2}}],[{busy_limits_port,{1,1 bsl 64}}],[{busy_limits_port,{1,(1 bsl 64)-2}}],[{busy_limits_port,{1}}],
[{packet,2.0}],[{packet,1 bsl 64}],[{packet,-1}]
]].
