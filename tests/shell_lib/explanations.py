"""What is wrong with arguments, according to us and to the real ``erl``.

``python -m tests.shell_lib.explanations --count 20000`` compares random calls that fail.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any, NamedTuple

from erts_emu.shell.lib.explanations import explain
from erts_emu.terms import Atom, Fun, Term, binary_to_term, term_to_binary
from tests.shell.oracle import ask_erl

from .generate import Calls

QUESTION = (
    "try {call} of _ -> none catch error:R:S -> case hd(S) of {{M, F, A, I}} when is_list(A) -> "
    "case proplists:get_value(error_info, I) of undefined -> none; Info -> Module = maps:get(module, Info, M), "
    "term_to_binary({{M, F, A, [{{K, unicode:characters_to_binary(V)}} || "
    "{{K, V}} <- maps:to_list(try Module:format_error(R, S) catch _:_ -> #{{}} end)]}}) end; _ -> none end; "
    "_:_ -> none end."
)
MODULES = "erlang lists maps binary math unicode os io".split()
INNER = ("unhex",)
"""Functions that no one calls from outside."""
ARGUMENTS = (
    (
        'a 1 -1 0 1.5 "x" <<1>> <<1:3>> {} #{} [] [a] [1|2] self() make_ref() nonesuch infinity {a,b} '
        "process port trap_exit priority min_heap_size low "
        "#{a=>1} <<>> 256 [{a,b}] fun()->1end fun(X)->Xend"
    )
    .replace("1end", "1 end")
    .replace("Xend", "X end")
)
PROCESS_CALLS = """
register/2 unregister/1 whereis/1 link/1 unlink/1 monitor/2 demonitor/1 demonitor/2 spawn/1 spawn/3 spawn_opt/2
process_flag/2 process_info/1 process_info/2 is_process_alive/1 send/2 send/3 send_after/3 send_after/4 start_timer/3
cancel_timer/1 cancel_timer/2 read_timer/1 apply/3 open_port/2 port_close/1 port_command/2 port_command/3
port_connect/2 port_control/3 port_call/3 port_info/1 port_info/2 system_info/1 statistics/1 monotonic_time/1
unique_integer/1 garbage_collect/1 node/1 list_to_pid/1 list_to_port/1 list_to_ref/1 fun_info/1 is_builtin/3
list_to_existing_atom/1 binary_to_existing_atom/1 binary_to_existing_atom/2 split_binary/2 insert_element/3
""".split()


Explained = tuple[str, str, list[Any], list[tuple[int, str]]]
"""Module, function, arguments, and what ``erl`` says about them."""
RECORDED = Path(__file__).with_name("explanations.bin")


class Difference(NamedTuple):
    """A call that failed, and what we and ``erl`` say about its arguments."""

    function: str
    arguments: list[Any]
    erl: list[tuple[int, str]]
    ours: list[tuple[int, str]]


def random_calls(count: int, seed: int) -> list[str]:
    """Calls of which many fail: those of the campaign, and those of functions on processes and ports."""
    source = Calls(seed, wrong=0.35)
    calls = [call for _, call in source.calls(count, rf"^({'|'.join(MODULES)}):")]
    terms = re.findall(r"fun\S+ \S+|\S+", ARGUMENTS)
    for name, _, arity in (each.partition("/") for each in PROCESS_CALLS for _ in range(count // 300)):
        calls.append(f"erlang:{name}({', '.join(source.random.choice(terms) for _ in range(int(arity)))})")
    return calls


def asked_erl(calls: Iterable[str], folder: Path) -> Iterator[Explained]:
    """What ``erl`` says about those calls that have failed."""
    with chdir(folder):  # some calls write files
        answers = ask_erl([QUESTION.format(call=call) for call in calls], folder)
    for answer in answers:
        data = re.match(r"\{ok,<<([\d,]*)>>", answer)
        if data is None:
            continue
        module, name, arguments, texts = binary_to_term(bytes(map(int, data[1].split(","))))
        if module.name in MODULES and name.name not in INNER:
            yield module.name, name.name, arguments, [(place, text.decode()) for place, text in texts]


def differences(explained: Iterable[Explained]) -> Iterator[Difference]:
    """Where we say something else."""
    for module, name, arguments, theirs in explained:
        ours = explain(module, name, arguments)
        if ours != theirs:
            yield Difference(f"{module}:{name}/{len(arguments)}", arguments, theirs, ours)


def recorded() -> list[Explained]:
    """What was recorded."""
    return [
        (module.name, name.name, arguments, [(place, text.decode()) for place, text in texts])
        for module, name, arguments, texts in binary_to_term(RECORDED.read_bytes())
    ]


def record(explained: Iterable[Explained]) -> int:
    """Record an example of each function and what can be wrong with it; how many there are."""
    examples: dict[tuple[Any, ...], Term] = {}
    for module, name, arguments, texts in explained:
        encoded = [(place, text.encode()) for place, text in texts]
        if not any(isinstance(term, Fun) for term in arguments):
            examples.setdefault((module, name, len(arguments), *texts), (Atom(module), Atom(name), arguments, encoded))
    RECORDED.write_bytes(term_to_binary(list(examples.values())))
    return len(examples)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=2)
    parser.add_argument("--record", action="store_true", help="record an example of each explanation")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        explained = list(asked_erl(random_calls(arguments.count, arguments.seed), Path(name)))
    if arguments.record:
        print(f"recorded {record(explained)} examples")
    by_function: defaultdict[str, list[Difference]] = defaultdict(list)
    for difference in differences(explained):
        by_function[difference.function].append(difference)
    for function, found in sorted(by_function.items()):
        print(f"--- {function}: {len(found)}")
        for each in found[: arguments.show]:
            print(f"{each.arguments!r:.300}\n  erl:  {each.erl}\n  ours: {each.ours}")
    print(f"{len(explained)} calls that failed, {sum(map(len, by_function.values()))} explained in another way")
    return 1 if by_function else 0


if __name__ == "__main__":
    raise SystemExit(main())
