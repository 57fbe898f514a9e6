"""What programs choose from: numbers, bytes, elements of terms, statements, Erlang expressions; right and wrong."""

from __future__ import annotations

from typing import Final


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


NUMBERS: Final = "0 1 2 3 4 5 7 8 16 63 64 65 255 256 4095 8192 -1".split()
SMALL: Final = "0 0 1 1 2 3 5 8".split()
EDGES: Final = """0 1 -1 255 576460752303423487 576460752303423488 -576460752303423488 -576460752303423489
    9223372036854775807 -9223372036854775808 18446744073709551615""".split()
LIMITS: Final = "0 1 5 10 100 null -1 -2 4096 9000".split()

# --- the drivers' language ---

DATA: Final = (
    """- a abc hello null 64*x 65*y 300*z ab~0acd x~0d~0ay~0a ~0a ~0d ~00~ff abcdefghij~0aklm 9*~c3 20*abc""".split()
)
PARTS: Final = ("", ":1", ":0:0", ":3:4", ":0:65", ":2:64", ":9:100")
PROCESSES: Final = "owner owner caller a b c nil port atom zero".split()
EXTERNAL: Final = """~83a~05 ~83j ~83k~00~02ab ~83m~00~00~00~01x ~83h~02a~01a~02 ~83a~05rest ~83w~02ok
    ~83n~08~00~ff~ff~ff~ff~ff~ff~ff~ff ~83l~00~00~00~01a~01j ~83F?~f8~00~00~00~00~00~00 ~83t~00~00~00~01a~01a~02
    ~83t~00~00~00~02a~01a~02a~01a~03 a~05 ~83 ~83h~02a~01 - null ~83M~00~00~00~01~03~e0
    ~83F~7f~f0~00~00~00~00~00~00""".split()
FLOATS: Final = "0.0 -0.0 1.5 1e308 -1e-300 0.1".split()
ATOMS: Final = "ok ~c4b x 255*y".split()
WRONG: Final = """tag:0 tag:18 tag:99 atomword:nil atomword:port pid:nil pid:port pid:atom portword:nil portword:owner
    overbin:0 negstr: negext: nullbuf: tuple:-1 list:0 list:-1 map:-1 tuple:9 list:9 map:9 float:nan float:inf cons:abc
    bin:3 str:null buf:null ext:- list:1 tuple:1""".split()
ENDS: Final = _lines("""
    fail 0
    fail 5
    fail -1
    fail_atom boom
    fail_atom normal
    fail_atom kill
    fail_posix 2
    fail_posix 9999
    fail_posix 0
    eof
    eof
    exit 0
    exit 2
    exit -1
    enq abc
    output bye
""")
SELF: Final = _lines("""
    about
    about
    flags 1
    flags 0
    flags 3
    flags -1
    slice 1
    slice 100
    slice 0
""")
TIMER: Final = _lines("""
    set_timer 0
    set_timer 0
    set_timer 1
    set_timer 60000
    cancel
    read_timer
""")
JOBS: Final = _lines("""
    async - free
    async - free
    async 7 free
    async 0 free
    async - nofree
""")
READING: Final = _lines("""
    select r 5 1
    select r 5 1
    write abc
    write 300*x
    select r 1 0
    select r 4 0
    select r 12 0
    select r 13 0
    select r 4 1
    select r 0 1
    select w 4 0
""")
WRITING: Final = _lines("""
    select w 6 1
    select w 6 1
    select w 2 0
    select w 4 0
    select w 12 0
    select w 0 1
    select r 4 0
""")
STATEMENTS_ON: Final = {"timer": TIMER, "jobs": JOBS, "reading": READING, "writing": WRITING}
STARTS: Final = ("-1", "-2 2", "-2 9999", "-2 0", "-3", "-4")
ACKNOWLEDGED: Final = (
    "ack",
    "ack",
    "ack",
    "refuse -1",
    "refuse -2 13",
    "refuse -3",
    "fail_atom boom",
    "ack, ack",
    "exit 0",
)

# --- Erlang ---

NO_PORTS: Final = ("P(99)", "named", 'list_to_port("#Port<0.99999999>")', "nobody", "self()", "12")
PIDS: Final = ("self()", "self()", "whereis(a)", "whereis(b)", "whereis(c)")
IODATA: Final = _lines("""
    []
    list_to_binary([])
    "abc"
    list_to_binary("hello")
    ["ab", list_to_binary("cd")]
    lists:duplicate(70, $x)
    binary:copy(list_to_binary("y"), 65)
    [$a, binary:copy(list_to_binary("z"), 300) | list_to_binary("t")]
    [1 | 2]
    foo
    <<1:4>>
    <<1:9>>
    binary:part(binary:copy(list_to_binary("w"), 400), 7, 90)
    [256]
    [<<5:3>>]
    lists:duplicate(17, binary:copy(list_to_binary("p"), 70))
""")
"""Output. What ``erl_eval`` makes of ``<<"x">>`` lies outside the heap, unlike in compiled code: no such binaries."""
TERMS: Final = ("ok", "[]", "{a, 1}", "12", '<<"x">>', "1.5", "#{a => 1}", '"str"', "[a | b]", "1 bsl 70")
REASONS: Final = ("normal", "kill", "killed", "foo", "{a, b}", '<<"x">>', "5", '"str"', "noproc", "1 bsl 80")
OPTIONS: Final = _lines("""
    binary
    binary
    {line, 4}
    line
    eof
    in
    out
    stream
    {parallelism, true}
    {busy_limits_msgq, {5, 10}}
    {busy_limits_msgq, disabled}
    {packet, 2}
    hide
    {line, 1}
    {parallelism, false}
    {cd, "."}
    {env, [{"A", "b"}]}
    overlapped_io
""")
BAD_OPTIONS: Final = _lines("""
    foo
    {packet, 3}
    {line, 0}
    exit_status
    {args, []}
    {busy_limits_port, disabled}
    {busy_limits_msgq, {0, 1}}
    {parallelism, 1}
    {arg0, "x"}
    nouse_stdio
""")
COMMAND_OPTIONS: Final = ("", "", "", ", []", ", [nosuspend]", ", [force]", ", [force, nosuspend]", ", [foo]")
CONTROLS: Final = ("7", "7", "7", "7", "0", "4294967295", "-1", "4294967296")
ITEMS: Final = """registered_name name connected input output os_pid parallelism locking queue_size queue_size memory
    monitored_by""".split()
UNORDERED_ITEMS: Final = ("links", "monitors")
"""Trees, in the real system."""
PORT_MESSAGES: Final = _lines("""
    {PID, {command, DATA}}
    {PID, {command, DATA}}
    {PID, close}
    {PID, {connect, OTHER}}
    foo
    {PID, foo}
    {PID, {connect, foo}}
""")
SENDING: Final = _lines("""
    PORT ! MESSAGE
    PORT ! MESSAGE
    PORT ! MESSAGE
    erlang:send(PORT, MESSAGE, [nosuspend])
    erlang:send_nosuspend(PORT, MESSAGE)
""")
TIES: Final = _lines("""
    link(PORT)
    unlink(PORT)
    put(m, monitor(port, PORT))
    demonitor(get(m))
    demonitor(get(m), [flush])
    demonitor(get(m), [info])
    process_flag(trap_exit, true)
    process_flag(trap_exit, true)
    process_flag(trap_exit, false)
    port_connect(PORT, PID)
    register(named, PORT)
    unregister(named)
    whereis(named)
    put(m, monitor(port, named))
    port_connect(PORT, PORT)
    put(m, monitor(process, PID))
""")
ODD: Final = _lines("""
    put(m, monitor(port, PORT, [{tag, gone}]))
    demonitor(get(m), [flush, info])
    put(m, monitor(port, PORT, [{alias, reply_demonitor}]))
    erlang:port_call(PORT, 4294967295, TERM)
    erlang:port_call(PORT, 4294967296, TERM)
    erlang:port_call(PORT, foo, TERM)
    port_control(PORT, 7, ["about;" | <<"output hi">>])
    port_control(PORT, 7, DATA)
    port_control(PORT, 1.0, [])
    port_control(PORT, 1, foo)
    port_connect(PORT, foo)
    port_command(PORT, DATA, foo)
    exit(PORT)
    unlink(foo)
    link(nobody)
    erlang:send(PORT, {self(), {command, DATA}}, [noconnect])
    erlang:send(PORT, {self(), {command, DATA}}, [foo])
    named ! {self(), {command, DATA}}
    {named, node()} ! {PID, {command, DATA}}
    process_flag(trap_exit, foo)
    is_tuple(spawn_monitor(fun() -> (catch link(PORT)), exit(REASON) end))
    begin process_flag(trap_exit, false), exit(PORT, normal), true end
""")
NAMES_OF_PORTS: Final = (
    '{spawn, "%s"}',
    '{spawn_driver, <<"%s">>}',
    '{spawn_driver, ["", "%s"]}',
    '{spawn_driver, " %s"}',
)
QUESTIONS: Final = _lines("""
    erlang:port_info(PORT, ITEM)
    erlang:port_info(PORT, ITEM)
    lists:sort(element(2, erlang:port_info(PORT, UNORDERED)))
    [case I of {links, L} -> lists:sort(L); _ -> I end || {N, _} = I <- erlang:port_info(PORT), N =/= id]
    erlang:port_set_data(PORT, TERM)
    erlang:port_get_data(PORT)
    lists:member(PORT, erlang:ports())
    lists:sort(element(2, process_info(PID, UNORDERED)))
    process_info(PID, monitored_by)
""")

# --- loading and unloading another driver ---

LOADING: Final = _lines("""
    erl_ddll:try_load(PATH, NAME, [LOADOPTIONS])
    erl_ddll:try_load(PATH, NAME, [LOADOPTIONS])
    erl_ddll:try_load(PATH, NAME, [])
    erl_ddll:try_load(PATH, NAME, [RELOAD, MONITOR])
    erl_ddll:try_unload(NAME, [UNLOADOPTIONS])
    erl_ddll:try_unload(NAME, [UNLOADOPTIONS])
    erl_ddll:load(PATH, NAME)
    erl_ddll:load_driver(PATH, NAME)
    erl_ddll:unload(NAME)
    erl_ddll:unload_driver(NAME)
    erl_ddll:reload(PATH, NAME)
    erl_ddll:reload_driver(PATH, NAME)
    put(d, erl_ddll:monitor(driver, {NAME, WHEN}))
    put(d, erl_ddll:monitor(driver, {NAME, WHEN}))
    erl_ddll:demonitor(get(d))
    erl_ddll:info(NAME, LOADITEM)
    erl_ddll:info(NAME, LOADITEM)
    erl_ddll:info(NAME)
    lists:member(NAME, element(2, erl_ddll:loaded_drivers()))
    erl_ddll:format_error(LOADERROR)
    open_port({spawn_driver, "differ_bare"}, [])
    open_port({spawn_driver, "differ_bare enq abc"}, [])
    open_port({spawn_driver, "differ_bare async - free"}, [])
    open_port({spawn_driver, "differ_bare child a kid -"}, [])
    port_close(PORT)
    exit(PORT, REASON)
    port_control(PORT, 7, "deq 3")
    port_control(PORT, 7, "about; output hi")
    exit(self(), REASON)
    process_flag(trap_exit, true)
    unlink(PORT)
    lists:member(PORT, erlang:ports())
""")
PATHS: Final = (
    *['os:getenv("DRIVERS")'] * 6,
    'os:getenv("DRIVERS") ++ "/."',
    'os:getenv("DRIVERS") ++ "//"',
    '"/nowhere"',
)
NAMES: Final = (*["differ_bare"] * 5, '"differ_bare"', '<<"differ_bare">>', '["differ", "_bare"]', "differ_nobody")
RELOADS: Final = ("{reload, pending_driver}", "{reload, pending}")
LOAD_MONITORS: Final = ("{monitor, pending_driver}", "{monitor, pending}")
LOAD_OPTIONS: Final = (*RELOADS, *LOAD_MONITORS, *["{driver_options, [kill_ports]}"] * 2, "kill_ports")
UNLOAD_OPTIONS: Final = (*LOAD_MONITORS, "kill_ports", "kill_ports", "foo")
WHENS: Final = ("loaded", "unloaded", "unloaded_only", "never")
LOAD_ITEMS: Final = """processes driver_options port_count linked_in_driver permanent awaiting_load awaiting_unload
    foo""".split()
LOAD_ERRORS: Final = """inconsistent permanent linked_in_driver not_loaded pending_reload not_loaded_by_this_process foo
    {open_error,-9} bad_driver_name no_driver_init pending_process""".split()
