%% Evaluates expressions, one form a question, and writes down what came of each.
-module(oracle).
-export([main/2, reports/2]).

main(Questions, Answers) -> main(Questions, Answers, fun value/1).

%% The same, with the text that the shell would print for an exception.
reports(Questions, Answers) -> main(Questions, Answers, fun report/1).

main(Questions, Answers, Evaluate) ->
    {ok, Text} = file:read_file(Questions),
    {ok, Out} = file:open(Answers, [write, raw, delayed_write]),
    [answer(Out, Form, Evaluate) || Form <- binary:split(Text, <<0>>, [global]), Form =/= <<>>],
    ok = file:close(Out),
    halt(0).

answer(Out, Form, Evaluate) ->
    Self = self(),
    {Pid, Ref} = spawn_monitor(fun() -> Self ! {self(), evaluated(unicode:characters_to_list(Form), Evaluate)} end),
    Answer = receive
                 {Pid, Found} -> receive {'DOWN', Ref, _, _, _} -> Found end;
                 {'DOWN', Ref, _, _, Reason} -> {exited, Reason}
             after 20000 -> exit(Pid, kill), timeout
             end,
    Shown = unicode:characters_to_binary(io_lib:format("~0tp", [Answer])),
    ok = file:write(Out, [<<(byte_size(Shown)):32>>, Shown]).

evaluated(Text, Evaluate) ->
    case erl_scan:string(Text) of
        {ok, Tokens, _} ->
            case erl_parse:parse_exprs(Tokens) of
                {ok, Exprs} -> Evaluate(Exprs);
                {error, {_, Module, Reason}} -> {refused, Module, Reason}
            end;
        {error, {_, Module, Reason}, _} -> {refused, Module, Reason}
    end.

value(Exprs) ->
    try erl_eval:exprs(Exprs, []) of
        {value, Value, _} -> {ok, Value, unicode:characters_to_binary(io_lib:format("~p|~w", [Value, Value]))}
    catch
        Class:Reason -> {Class, Reason}
    end.

report(Exprs) ->
    try erl_eval:exprs(Exprs, []) of
        {value, Value, _} -> {ok, Value}
    catch
        Class:Reason:Stack ->
            Hidden = fun(M, _, _) -> M =:= erl_eval orelse M =:= ?MODULE end,
            Shown = fun(Term, Column) -> io_lib:format("~." ++ integer_to_list(Column) ++ "tP", [Term, 50]) end,
            Text = erl_error:format_exception(4, Class, Reason, Stack, Hidden, Shown, unicode),
            unicode:characters_to_binary([Text])
    end.
