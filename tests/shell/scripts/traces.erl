%% Stack traces: what the evaluator leaves in them.
Show = fun(Label, {'EXIT', {_, S}}) -> io:format("~s: ~0p~n", [Label, [case F of {erl_eval,Fn,Ar0,L} -> {Fn, Ar0, proplists:get_value(line, L)}; {M,Fn,Ar,L} when is_list(Ar) -> {M,Fn,args}; {M,Fn,Ar,L} -> {M,Fn,Ar,proplists:get_value(line,L)} end || F <- S]]) end.
X = 1, F1 = fun(A) -> A end, L1 = [1].
catch Show("plain", catch error(x)).
Show("stmt-last", catch begin 1, error(x) end).
Show("stmt-nonlast", catch begin error(x), 1 end).
Show("stmt-nonlast2", catch begin 1, error(x), 1 end).
Show("tuple", catch {error(x)}).
Show("tuple2", catch {1, error(x)}).
Show("list head", catch [error(x)]).
Show("list 2nd", catch [1, error(x)]).
Show("list tail", catch [1 | error(x)]).
Show("op left", catch error(x) + 1).
Show("op right", catch 1 + error(x)).
Show("unary", catch - error(x)).
Show("match", catch Y = error(x)).
Show("match pattern", catch {Y, 1} = error(x)).
Show("remote arg1", catch lists:reverse(error(x))).
Show("remote arg2", catch lists:append([], error(x))).
Show("bif arg", catch length(error(x))).
Show("bif arg2", catch element(1, error(x))).
Show("fun arg", catch F1(error(x))).
Show("fun body", catch (fun() -> error(x) end)()).
Show("fun body last", catch (fun() -> 1, error(x) end)()).
Show("fun body nonlast", catch (fun() -> error(x), 1 end)()).
Show("fun var body", catch F1(F1(error(x)))).
Show("named fun body", catch (fun Foo() -> error(x) end)()).
Show("named fun nonlast", catch (fun Foo() -> error(x), 1 end)()).
Show("case subject", catch case error(x) of 1 -> 2 end).
Show("case body", catch case 1 of 1 -> error(x) end).
Show("case body nonlast", catch case 1 of 1 -> error(x), 2 end).
Show("if body", catch if true -> error(x) end).
Show("if body nonlast", catch if true -> error(x), 1 end).
Show("andalso left", catch error(x) andalso true).
Show("andalso right", catch true andalso error(x)).
Show("orelse right", catch false orelse error(x)).
Show("map value", catch #{a => error(x)}).
Show("map key", catch #{error(x) => 1}).
Show("map update arg", catch (error(x))#{a => 1}).
Show("map update val", catch #{}#{a => error(x)}).
Show("bin", catch <<(error(x))>>).
Show("bin2", catch <<1, (error(x))>>).
Show("bin size", catch <<1:(error(x))>>).
Show("lc element", catch [error(x) || _ <- [1]]).
Show("lc element2", catch [{error(x)} || _ <- [1]]).
Show("lc gen", catch [1 || _ <- error(x)]).
Show("lc 2 gen", catch [1 || _ <- [1], _ <- error(x)]).
Show("lc elem 2gen", catch [error(x) || _ <- [1], _ <- [2]]).
Show("lc filter", catch [1 || _ <- [1], foo:bar(error(x))]).
Show("lc elem filter", catch [error(x) || _ <- [1], true]).
Show("bc elem", catch << <<(error(x))>> || _ <- [1] >>).
Show("bgen", catch [error(x) || <<_>> <= <<1>>]).
Show("try body", catch try error(x) of 1 -> 1 catch throw:_ -> 1 end).
Show("try body no of", catch try error(x) catch throw:_ -> 1 end).
Show("try body after", catch try error(x) after 1 end).
Show("try of body", catch try 1 of 1 -> error(x) catch throw:_ -> 1 end).
Show("try of body after", catch try 1 of 1 -> error(x) after 1 end).
Show("try handler", catch try throw(y) catch throw:y -> error(x) end).
Show("try handler2", catch try throw(y) catch throw:y -> error(x), 1 end).
Show("try after", catch try 1 after error(x) end).
Show("catch inner", catch catch throw(z)).
Show("receive body", catch begin self() ! m, receive m -> error(x) end end).
Show("receive body nonlast", catch begin self() ! m, receive m -> error(x), 1 end end).
Show("receive after", catch receive after 0 -> error(x) end).
Show("receive timeout", catch receive after error(x) -> 1 end).
Show("block", catch begin error(x) end).
Show("call fun expr", catch (error(x))(1)).
Show("call mod expr", catch (error(x)):foo(1)).
Show("call fn expr", catch lists:(error(x))(1)).
Show("send right", catch self() ! error(x)).
Show("lists:map fun", catch lists:map(fun(_) -> error(x) end, [1])).
Show("lists:foreach fun", catch lists:foreach(fun(_) -> error(x) end, [1])).
Show("lists:foldl fun", catch lists:foldl(fun(_, _) -> error(x) end, 0, [1])).
Show("badmatch", catch 1 = 2).
Show("badmatch pat", catch {Z1, 1} = 2).
Show("case_clause", catch case 1 of 2 -> 3 end).
Show("if_clause", catch if false -> 3 end).
Show("function_clause", catch (fun(1) -> 2 end)(3)).
Show("function_clause named", catch (fun Foo(1) -> 2 end)(3)).
Show("badarity", catch (fun(1) -> 2 end)()).
Show("badarity named", catch (fun Foo(1) -> 2 end)()).
Show("badfun", catch (1)(2)).
Show("undef local", catch foo(1)).
Show("undef remote", catch foo:bar(1)).
Show("badarith", catch 1/0).
Show("badarith unary", catch - a).
Show("badarg bif", catch length(a)).
Show("badarg andalso", catch 1 andalso 2).
Show("badarg orelse", catch 1 orelse 2).
Show("try_clause", catch try 1 of 2 -> 1 catch throw:_ -> 2 end).
Show("bad_generator", catch [1 || _ <- 1]).
Show("bad_generator bin", catch [1 || <<_>> <= 1]).
Show("bad_filter", catch [1 || _ <- [1], hd([1])]).
Show("bad_filter2", catch [1 || _ <- [1], lists:last([1])]).
Show("badmap", catch (a)#{b => 1}).
Show("badkey", catch #{}#{b := 1}).
Show("bin badarg", catch <<a>>).
Show("timeout_value", catch receive after a -> 1 end).
Show("apply", catch apply(lists, foo, [])).
Show("apply fun", catch apply(fun() -> error(x) end, [])).
Show("bif fn clause lists", catch lists:nth(a, b)).
Show("spawnless deep", catch (fun() -> (fun() -> error(x) end)() end)()).
Show("deep nontail", catch (fun() -> {(fun() -> error(x) end)()} end)()).
Show("orelse left", catch error(x) orelse true).
Show("bc gen", catch << <<1>> || _ <- error(x) >>).
Show("bc gen2", catch << <<1>> || _ <- [1], _ <- error(x) >>).
Show("bc filter", catch << <<1>> || _ <- [1], foo:bar(error(x)) >>).
Show("bc bgen elem", catch << <<(error(x))>> || <<_>> <= <<1>> >>).
Show("lc bgen filter", catch [1 || <<_>> <= <<1>>, foo:bar(error(x))]).
Show("lc bgen src", catch [1 || <<_>> <= error(x)]).
Show("bc bgen src", catch << <<1>> || <<_>> <= error(x) >>).
Show("lc gen then bgen", catch [error(x) || _ <- [1], <<_>> <= <<1>>]).
Show("lc bgen then gen", catch [error(x) || <<_>> <= <<1>>, _ <- [1]]).
Show("bc bad gen", catch << <<1>> || _ <- 1 >>).
Show("bc bad bgen", catch << <<1>> || <<_>> <= 1 >>).
Show("bc bad filter", catch << <<1>> || _ <- [1], lists:last([1]) >>).
Show("bc element not bits", catch << 1 || _ <- [1] >>).
Show("map upd exact val", catch (#{a=>1})#{a := error(x)}).
Show("badmap exact", catch (a)#{b := 1}).
Show("bin2 badarg", catch <<1, a>>).
Show("bin float", catch <<a/float>>).
Show("bin binary", catch <<5/binary>>).
Show("bin binary size", catch <<(<<1>>):2/binary>>).
Show("bin utf8", catch <<-1/utf8>>).
Show("bin size neg", catch <<1:-1>>).
Show("bin size atom", catch <<1:(a)>>).
Show("F() tail in map", catch lists:map(fun(_) -> hd([]) end, [1])).
Show("map nontail", catch lists:map(fun(_) -> {hd([])} end, [1])).
Show("map badarith", catch lists:map(fun(X) -> X / 0 end, [1])).
Show("map badmatch", catch lists:map(fun(X) -> 1 = 2 end, [1])).
Show("map fclause", catch lists:map(fun(2) -> 1 end, [1])).
Show("map case", catch lists:map(fun(X) -> case X of 2 -> 1 end end, [1])).
Show("map undef local", catch lists:map(fun(X) -> foo(X) end, [1])).
Show("map call fun", catch lists:map(fun(X) -> (fun(Y) -> error(x) end)(X) end, [1])).
Show("map badarity", catch lists:map(fun(X) -> (fun(Y) -> error(x) end)() end, [1])).
Show("map op nontail", catch lists:map(fun(X) -> 1 + hd([]) end, [1])).
Show("map in map nontail", catch lists:map(fun(X) -> {lists:map(fun(_) -> error(x) end, [1])} end, [1])).
Show("map ext", catch lists:map(fun erlang:hd/1, [[]])).
Show("apply fun 0", catch apply(fun() -> hd([]) end, [])).
Show("apply mfa", catch apply(erlang, hd, [[]])).
Show("M:F", catch begin MM = erlang, MM:hd([]) end).
Show("fun ext arity", catch (fun erlang:hd/1)()).
Show("fun ext undef", catch (fun foo:hd/1)(1)).
Show("map badarity native", catch lists:map(fun() -> 1 end, [1])).
Show("foldl badarity", catch lists:foldl(fun(_) -> 1 end, 0, [1])).
Show("raise", catch erlang:raise(error, foo, [{a,b,1,[]}])).
Show("exit", {'EXIT', {1, try exit(x) catch exit:x:S1 -> S1 end}}).
Show("throw", {'EXIT', {1, try throw(x) catch throw:x:S2 -> S2 end}}).
Show("throw in fun", {'EXIT', {1, try lists:map(fun(_) -> throw(x) end, [1]) catch throw:x:S3 -> S3 end}}).
{_, RR} = spawn_monitor(fun() -> error(x) end), receive {'DOWN', RR, _, _, RE} -> Show("spawn", {'EXIT', RE}) end.
{_, RR2} = spawn_monitor(fun() -> {error(x)} end), receive {'DOWN', RR2, _, _, RE2} -> Show("spawn nontail", {'EXIT', RE2}) end.
{_, RR3} = spawn_monitor(erlang, hd, [[]]), receive {'DOWN', RR3, _, _, RE3} -> Show("spawn mfa", {'EXIT', RE3}) end.
{_, RR4} = spawn_monitor(fun() -> hd([]), ok end), receive {'DOWN', RR4, _, _, RE4} -> Show("spawn nonlast", {'EXIT', RE4}) end.
{_, RR5} = spawn_monitor(fun F() -> hd([]) end), receive {'DOWN', RR5, _, _, RE5} -> Show("spawn named", {'EXIT', RE5}) end.
{_, RR6} = spawn_monitor(fun() -> 1 = 2 end), receive {'DOWN', RR6, _, _, RE6} -> Show("spawn badmatch", {'EXIT', RE6}) end.
{_, RR7} = spawn_monitor(fun() -> lists:map(fun(_) -> error(x) end, [1]) end), receive {'DOWN', RR7, _, _, RE7} -> Show("spawn map", {'EXIT', RE7}) end.
