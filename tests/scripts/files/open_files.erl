%% Open files: processes that serve them, raw ones, what io does with them; and what is known of files.
T = fun(F) -> try F() catch C:R -> {C, R} end end.
P = fun(X) -> io:format("~p~n", [X]) end.
Folder = string:trim(os:cmd("mktemp -d")).
In = fun(Name) -> Folder ++ "/" ++ Name end.
F = In("a.txt").
P(file:open(F, [read])).
{ok, W} = file:open(F, [write]).
P(is_pid(W)).
P(file:write(W, "hello\nworld\n")).
P(file:write(W, [<<"more ">>, ["deep", $\n]])).
P(file:write(W, foo)).
P(file:position(W, cur)).
P(file:position(W, bof)).
P(file:position(W, {eof, -2})).
P(file:position(W, {bof, 3})).
P(file:position(W, {cur, 2})).
P(file:position(W, -1)).
P(file:position(W, {cur, -100})).
P(file:position(W, foo)).
P(file:write(W, "XY")).
P(file:read(W, 3)).
P(file:close(W)).
P(file:close(W)).
P(file:read_file(F)).
{ok, R} = file:open(F, [read]).
P(file:read(R, 5)).
P(file:read_line(R)).
P(file:read_line(R)).
P(file:write(R, "x")).
P(file:pread(R, 0, 5)).
P(file:pread(R, [{0,2},{3,2},{100,2}])).
P(file:read(R, 100)).
P(file:read(R, 1)).
P(file:read_line(R)).
P(file:pread(R, 100, 1)).
P(file:close(R)).
P(file:read(R, 1)).
P(file:write(R, "a")).
{ok, B} = file:open(F, [read, binary]).
P(file:read(B, 5)).
P(file:read_line(B)).
P(file:close(B)).
{ok, A} = file:open(F, [append]).
P(file:write(A, "end\n")).
P(file:close(A)).
P(file:read_file(F)).
{ok, RW} = file:open(F, [read, write, raw, binary]).
P(element(1, RW)).
P(file:read(RW, 3)).
P(file:write(RW, "ZZ")).
P(file:pwrite(RW, 0, "AB")).
P(file:pwrite(RW, [{4, "C"}, {6, <<"D">>}])).
P(file:pwrite(RW, [{4, foo}])).
P(file:position(RW, 0)).
P(file:read(RW, 100)).
P(file:truncate(RW)).
P(file:position(RW, 4)).
P(file:truncate(RW)).
P(file:sync(RW)).
P(file:datasync(RW)).
P(file:close(RW)).
P(file:close(RW)).
P(file:read(RW, 1)).
P(file:read_file(F)).
P(file:open(Folder, [read])).
P(element(1, file:open(Folder, [read, directory]))).
P(file:open(In("none/x"), [write])).
P(file:open(F, [write, exclusive])).
P(element(1, file:open(F, [foo]))).
P(T(fun() -> file:open(F, foo) end)).
P(T(fun() -> file:open(foo, []) end)).
P(T(fun() -> file:open({a}, [read]) end)).
P(T(fun() -> file:read(foo, 1) end)).
P(T(fun() -> file:read(self(), a) end)).
P(T(fun() -> file:close(foo) end)).
{ok, I} = file:open(F, [write, {encoding, utf8}]).
P(io:format(I, "~p ~ts~n", [{a, b}, [945]])).
P(io:put_chars(I, "line\n")).
P(io:nl(I)).
P(io:write(I, {x})).
P(file:close(I)).
P(file:read_file(F)).
{ok, I2} = file:open(F, [read]).
P(io:get_line(I2, "")).
P(io:get_line(I2, "")).
P(io:get_chars(I2, "", 3)).
P(io:get_line(I2, "")).
P(file:close(I2)).
file:write_file(F, "{a, 1}.\n{b, [2]}.\nfoo(").
{ok, I3} = file:open(F, [read]).
P(io:read(I3, "")).
P(io:read(I3, '')).
P(io:read(I3, "")).
P(io:read(I3, "")).
file:close(I3).
P(T(fun() -> io:format(I3, "x", []) end)).
P(file:copy(F, In("b.txt"))).
P(file:copy(F, In("b.txt"), 5)).
P(file:read_file(In("b.txt"))).
P(file:copy(In("none"), In("b.txt"))).
{ok, Info} = file:read_file_info(F).
P({element(1, Info), element(2, Info), element(3, Info), element(4, Info), element(8, Info), tuple_size(Info)}).
{ok, Info2} = file:read_file_info(F, [{time, posix}]).
P([is_integer(element(5, Info2)), is_tuple(element(5, Info)), is_integer(element(5, element(2, file:read_file_info(F, [{time, universal}])))) ]).
P(file:read_file_info(In("none"))).
P(element(3, element(2, file:read_file_info(Folder)))).
file:make_symlink("a.txt", In("l")).
P([element(3, element(2, file:read_link_info(In("l")))), element(3, element(2, file:read_file_info(In("l"))))]).
{ok, D} = file:open(In("d"), [write, delayed_write]).
P(file:write(D, "delayed")).
P(file:close(D)).
P(file:read_file(In("d"))).
{ok, D2} = file:open(In("d"), [read, read_ahead, {read_ahead, 100}]).
P(file:read(D2, 3)).
spawn(fun() -> ok end).
P(file:close(D2)).
Me = self().
Pid = spawn(fun() -> {ok, X} = file:open(F, [read]), Me ! {file, X} end).
receive {file, X} -> ok end.
timer:sleep(50).
P(file:read(X, 1)).
P(element(1, file:open(list_to_binary(In("d")), []))).
{ok, E1} = file:open(In("d"), [read, write]).
P(file:read(E1, 0)).
P(file:read(E1, -1)).
P(file:position(E1, eof)).
P(file:read(E1, 5)).
P(file:close(E1)).

%% A process that speaks the I/O protocol.
Server = spawn(fun Serve() -> receive {io_request, From, As, Request} -> Me ! {asked, Request}, From ! {io_reply, As, ok}, Serve() end end).
P(io:format(Server, "~p~n", [a])).
P(io:put_chars(Server, "text")).
P(io:nl(Server)).
P(io:write(Server, {t})).
P(file:write(Server, "data")).
[receive {asked, Request} -> P(Request) end || _ <- lists:seq(1, 5)].
register(named, Server).
P(io:put_chars(named, "by name")).
receive {asked, ByName} -> P(ByName) end.
exit(Server, kill).
P(T(fun() -> io:format(Server, "x", []) end)).
file:del_dir_r(Folder).
