"abc
def".
lists:seq(1,100).
list_to_tuple(lists:seq(1,100)).
lists:duplicate(200,$a).
[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]].
#{aaaaaaaaaaaaaaaaaaaa => lists:seq(1,10), bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb => [foooooooooo,barrrrrrrrrrrrrrrrr]}.
"héllo".
[955].
<<"é"/utf8>>.
io:format("~ts~n",[[955]]).
io:format("hi~n").
io:format("hi").
L = lists:seq(1,50).
fun(X) -> X + 1 end.
$
a.
b().
