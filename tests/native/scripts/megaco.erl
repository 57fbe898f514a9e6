%% megaco_flex_scanner_drv as megaco_flex_scanner uses it: the tokens come as one term.
Dir = os:getenv("MEGACO_DIR"),
Scan = fun(Name, Text) ->
    ok = erl_ddll:load_driver(Dir, Name),
    P = open_port({spawn, Name}, [binary]),
    Answer = port_control(P, $s, Text),
    io:format("~s ~p~n", [Name, Answer]),
    receive {tokens, Tokens, Line} -> io:format("line ~p~n~p~n", [Line, Tokens])
    after 300 -> io:format("no tokens~n") end,
    port_close(P),
    io:format("unload ~p~n", [erl_ddll:unload_driver(Name)]) end,
Message = <<"MEGACO/1 [124.124.124.222]\nTransaction = 9998 {\n  Context = - {\n    ServiceChange = ROOT {Services {\n"
            "      Method = Restart, ServiceChangeAddress = 55555, Profile = ResGW/1,\n"
            "      Reason = \"901 Cold Boot\"}\n    }\n  }\n}\n">>,
Scan("megaco_flex_scanner_drv", Message),
Scan("megaco_flex_scanner_drv_mt", Message),
Modify = <<"!/2 <mg.example.com>:2944 T=1{C=1{MF=A4444{M{ST=1{O{MO=SR},L{\nv=0\nc=IN IP4 $\nm=audio $ RTP/AVP 4\n}}},"
           "DM=dm0{[2-9]xxxxxx}}}}">>,
Scan("megaco_flex_scanner_drv", Modify),
Scan("megaco_flex_scanner_drv", <<"MEGACO/1 [1.2.3.4] \" never closed\n\n">>),
Scan("megaco_flex_scanner_drv_mt", <<"">>).
