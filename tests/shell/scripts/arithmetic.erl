%% Numbers: literals, operators, conversions, printing.
Show = fun(F) -> io:format("~p~n", [F]) end.
Show([1_000_000, 16#ff, 2#1011, 36#Zz, $a, $\n, $\x41, -7, +7]).
Show([7 div 2, -7 div 2, 7 div -2, 7 rem 2, -7 rem 2, 7 rem -2]).
Show([1 bsl 100, -1 bsr 3, 5 band 3, 5 bor 3, 5 bxor 3, bnot 5]).
Show([1/3, 2/1, 1.0e10, 1.0e-5, 123456789.0, 0.1 + 0.2, -0.0, 1.0e22, 9007199254740992.0, 1.5e300]).
Show([1 == 1.0, 1 =:= 1.0, 1 /= 2, 1 =/= 1.0, 1 < 2.5, a > 1, {} < [], [] < <<>>]).
Show(lists:foldl(fun erlang:'*'/2, 1, lists:seq(1, 40))).
Fact = fun F(0) -> 1; F(N) -> N * F(N - 1) end, Show(Fact(50)).
Show([catch Fact(-1 + 1), abs(-3.5), round(2.5), round(-2.5), trunc(2.9), floor(-2.1), ceil(2.1), float(3)]).
Errors = [fun() -> 1 / 0 end, fun() -> 1 + a end, fun() -> 1 div 0 end, fun() -> 1.0e308 * 10 end,
          fun() -> 1 bsl (1 bsl 40) end, fun() -> -a end, fun() -> not 1 end, fun() -> 1 and true end,
          fun() -> 1 rem 1.0 end, fun() -> float(1 bsl 2000) end].
[io:format("~p~n", [try E() catch C:R -> {C, R} end]) || E <- Errors].
Show([integer_to_list(255, 16), list_to_integer("-ff", 16), integer_to_binary(-12), float_to_list(2.5),
      float_to_list(2.5, [{decimals, 3}]), float_to_list(2.5, [{decimals, 5}, compact]), float_to_binary(0.1, [short])]).
Show([math:sqrt(2), math:pi(), math:pow(2, 10), math:floor(2.7), math:fmod(7, 3), try math:log(0) catch error:W -> W end]).
Show([max(1, 1.0), min(1, 1.0), max(a, 1), lists:max([1, 3, 2]), lists:sum([1, 2.5])]).
io:format("~b ~.16b ~.16B ~8.2.0b ~.36b ~.16x ~.16#~n", [10, 255, 255, 5, 35, 255, "0x", 10]).
io:format("~e ~.3e ~f ~.2f ~10.3f| ~-10.3f| ~g ~g ~.3g~n", [1.5, 1.5, 1.5, 1.005, 3.14159, 3.14159, 1.0e20, 12.5, 0.5]).
