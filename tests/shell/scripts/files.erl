%% Files and folders, in a folder of their own.
Dir = "shell_files_test_" ++ os:getpid(), P = fun(T) -> io:format("~p~n", [T]) end.
P(file:make_dir(Dir)), P(file:make_dir(Dir)), P(filelib:is_dir(Dir)).
F = filename:join(Dir, "a.txt"), P(file:write_file(F, ["line 1\n", <<"line 2\n">>])), P(file:read_file(F)), P(filelib:file_size(F)).
P(file:write_file(F, "more\n", [append])), {ok, B} = file:read_file(F), P(length(binary:split(B, <<"\n">>, [global, trim]))).
P(file:read_file(filename:join(Dir, "none"))), P(file:delete(filename:join(Dir, "none"))), P(file:list_dir(Dir)), P(filelib:is_regular(F)).
G = filename:join(Dir, "b.terms"), file:write_file(G, "{a, 1}. [b, \"c\"].\n#{k => v}.\n"), P(file:consult(G)).
H = filename:join(Dir, "c.script"), file:write_file(H, "X = 1.\nX + Y.\n"), P(file:script(H, [{'Y', 5}])).
I = filename:join(Dir, "d.eval"), file:write_file(I, "io:format(\"evaluated ~p~n\", [V]).\n"), P(file:eval(I, [{'V', 7}])).
file:write_file(I, "foo(1,.\n"), P(file:eval(I)), file:write_file(I, "A = 1.\nA = 2.\n"), {error, {L, M, {C, R, _}}} = file:eval(I), P({L, M, C, R}).
file:write_file(I, "B.\n"), {error, {L2, M2, {C2, R2, _}}} = file:eval(I), P({L2, M2, C2, R2}), file:write_file(I, "throw(x).\nok.\n"), {error, {L3, _, {C3, R3, _}}} = file:eval(I), P({L3, C3, R3}).
P(file:eval("nonexistent")).
P(file:rename(F, F ++ "2")), P(file:copy(F ++ "2", F)), P([filename:basename(N) || N <- filelib:wildcard(Dir ++ "/a*")]).
P(lists:sort(element(2, file:list_dir(Dir)))), P(file:del_dir(Dir)), P(file:del_dir_r(Dir)), P(filelib:is_dir(Dir)), P(file:list_dir(Dir)).
os:putenv("SHELL_TEST_VAR", "value"), P(os:getenv("SHELL_TEST_VAR")), os:unsetenv("SHELL_TEST_VAR"), P(os:getenv("SHELL_TEST_VAR")), P(os:getenv("NO_SUCH", "default")).
P(os:type()), P(os:cmd("echo from the shell")), P(is_integer(os:system_time(millisecond))).
