lists:nth(lists:seq(1,100),a).
lists:map(lists:seq(1,100),lists:seq(1,100)).
atom_to_list(lists:seq(1,100)).
element(lists:seq(1,100),lists:seq(1,100)).
lists:seq(1,100) + lists:seq(1,100).
-lists:seq(1,100).
foo:bar(lists:seq(1,100)).
(fun(1) -> a end)(lists:seq(1,100)).
lists:keyfind(a,lists:seq(1,100),lists:seq(1,100)).
