io:get_line("name: ").
Ada
X = 1. io:get_line('').
next
{ok, T} = io:read("term> ").
{a, [b]}.
T.
