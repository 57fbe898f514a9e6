1/0.
{1,2} = {a,b}.
case 1 of 2 -> ok end.
exit(normal).
exit({a,lists:seq(1,100)}).
exit(self(), kill).
throw(x).
error(foo).
foo().
f(1).
lists:foo(1).
foo:bar().
catch 1/0.
{catch foo:bar(1)}.
X = (catch 1/0), X.
catch foo(1).
catch lists:map(fun(Y) -> error(Y) end, [a]).
catch exit(x).
P = self().
1 = 2.
P == self().
spawn_link(fun() -> exit(boom) end), timer:sleep(10000).
process_flag(trap_exit, true).
spawn_link(fun() -> exit(boom) end), receive {'EXIT', _, R} -> R end.
1 = 2.
process_info(self(), trap_exit).
Q = 1, Q = 2.
Q.
io:format("hi~n"), Z.
self() ! {b,[c]}, flush().
