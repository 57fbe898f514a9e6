"""The surprises of ports and of the loader, one row each: what a newcomer would guess wrong, and which test proves it.

Rows with a decorator ``@row(…)`` are tested in this folder. ``ELSEWHERE`` names the tests of other folders;
``scenario GROUP NAME`` is one of the conformance suite, whose output was recorded from ``erl``. ``DIFFERENT`` are those
where the emulator differs on purpose, or which have no counterpart in Python; most of them have a test all the same.
The surprises of the driver API are marked with ``@proves`` in ``tests/driver_api``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PORTS = {
    "S1": "exit(Port, normal) by any process closes the port",
    "S2": "a DOWN message says process instead of port when the reason is no immediate term",
    "S3": "port_info with an unknown item hangs when it cannot run at once",
    "S4": "port_control and port_call succeed on a lingering port, the rest does not",
    "S5": "output from start ignores binary, line and eof",
    "S6": "packet, in and out do nothing on driver ports",
    "S7": "line mode is ignored by output_binary and outputv",
    "S8": "a partial line is lost unless the end is of the eof kind",
    "S9": "EXIT and DOWN are sent when closing starts; closed, stop and the removal from ports() come later",
    "S10": "closed comes for the close message only",
    "S11": "the connect message accepts a dead pid; port_connect does not",
    "S12": "the connect message does not link the new owner, and the old one stays linked",
    "S13": "badsig goes to the owner, never to the sender, needs no link, and leaves the port open",
    "S14": "port_command with bad data is badarg and no badsig; a message with bad data is badsig",
    "S15": "any process may act as owner by naming the owner's pid",
    "S16": "a non-owner's command to a busy port suspends first, badsig comes later",
    "S17": "bad iodata on a busy port waits; nosuspend returns false; force on a driver that is not soft is notsup",
    "S18": "the message queue is busy above its high limit, not at it",
    "S19": "of suspended senders, the first to wait is the last to go on",
    "S20": "a held command holds its sender's later signals, its death included",
    "S21": "a message with nosuspend that was taken is executed although the port got busy; port_command is refused",
    "S22": "output drivers and control take a bitstring of fewer than 8 bits as empty; longer ones are refused",
    "S23": "link to a dead port: noproc if not trapping, a message if trapping",
    "S24": "driver_exit tells the owner nothing, but other links and monitors",
    "S25": "a failure with code 0 is the end of file",
    "S26": "the reason kill becomes killed for everybody else",
    "S27": "a failure discards the I/O queue and skips flush; close keeps it",
    "S28": "data sent from stop arrives after the EXIT message",
    "S29": "busy_limits_port is an error on drivers, even with disabled",
    "S30": "exit_status on a driver is badarg",
    "S31": 'open_port("name", …) and open_port(name, …) do not use the driver',
    "S32": "the driver's name ends at the first space only; zero bytes are refused in a list, not in a binary",
    "S33": "registering a dead port says that the name is in use",
    "S34": "register on a port that is in a callback stops the caller's scheduler",
    "S35": "halt waits for queues, a stuck one for ever",
    "S36": "in the shell an exception closes the ports that the shell has opened",
    "S37": "a NULL reply is [] even in binary mode; a whole binary ignores the returned length",
    "S38": "the reply buffer of call has 255 or 256 bytes",
    "S39": "the item id is a slot index, not the printed number",
    "S40": "port_info(Port, registered_name) without a name is [] and no tuple",
    "S41": "a lingering port that gets busy makes later callers of port_command wait",
    "S42": "failing in start, and init_ack in start, crash or hang the real system",
    "S43": "after a failed start there is no stop, but the number is used up; after a failed init_ack there is a stop",
    "S44": "a forced command still waits behind an earlier held one of its sender",
    "S45": "sending to an unknown name is badarg, to {Name, node()} it vanishes",
    "S46": "an errno from start blames argument 1: invalid port name",
    "S47": "ports that a driver creates inherit parallelism but not binary, line or eof, and outlive their creator",
    "S48": "an owner that exits normally closes its linked port; an unlinked owner's death never does",
    "S49": "unloading with kill_ports closes ports with driver_unloaded; without it new opens go on succeeding",
    "S50": "empty commands reach the driver",
    "S51": "a message to a free port runs the driver in the sender's own time slice",
    "S52": "monitors by name report {Name, Node}, and stay bound to the port found at the call",
}

LOADER = {
    "L1": "unloading an idle driver is pending_driver, never unloaded",
    "L2": "after try_unload the driver is still listed, and can be opened and loaded",
    "L3": "UNLOAD takes new ports, only the FORCE states do not",
    "L4": "in a FORCE state {spawn, Name} starts an external program",
    "L5": "a load during FORCE_UNLOAD cancels it; the ports stay dead",
    "L6": "a path as an atom is badarg",
    "L7": "only the atom '' is badarg, an empty string is tried as a file",
    "L8": "open_error numbers go by first occurrence",
    "L9": "demonitor returns true for any reference",
    "L10": "immediate messages echo the name as given, later ones have an atom",
    "L11": "monitors fire newest first",
    "L12": "any monitor option of try_load gives a reference for pending_process; of try_unload only pending does",
    "L13": "joining a pending reload returns a reference although nobody asked for one",
    "L14": "driver_options of a permanent driver is the list",
    "L15": "drivers of major version 2 are accepted with any minor version",
    "L16": "driver_init runs before version and name are checked",
    "L17": "after a failed init finish is not called",
    "L18": "kill_ports discards queued output, without flush",
    "L19": "ports, users, jobs and locks all count, and a port until its structure is freed",
    "L20": "port_count is information: at 0 the driver may still be there",
    "L21": "any death re-evaluates all drivers without users, and can open a FORCE_UNLOAD one again",
    "L22": "a reload keeps the old users, uncounted",
    "L23": "a second use of the same process counts as another user",
    "L24": "load/2 of another path is bad_driver_name",
    "L25": "after a failed reload driver and users are gone",
    "L26": "taints stay, even those of a failed init",
    "L27": "error texts have no file name for open errors",
}

ELSEWHERE = {
    "ports S1": "tests/ports/test_ends.py::test_exit_signals_close_a_port_whatever_the_reason",
    "ports S2": "tests/ports/test_ends.py::test_a_down_message_says_process_where_the_reason_is_no_immediate_term",
    "ports S5": "tests/ports/test_opening.py::test_options_take_effect_after_start",
    "ports S6": "tests/ports/test_opening.py::test_options_that_change_nothing",
    "ports S7": "tests/ports/test_lines.py::test_binaries_and_vectors_are_not_split",
    "ports S8": "tests/driver_api/test_failure.py::test_other_failures_lose_the_unfinished_line",
    "ports S15": "tests/driver_api/test_lives.py::test_any_process_may_use_the_owners_pid",
    "ports S18": "scenario busy small_limits",
    "ports S19": "tests/driver_api/test_busy.py::test_who_has_waited_longest_goes_last",
    "ports S20": "tests/driver_api/test_busy.py::test_an_owners_death_waits_behind_its_held_command",
    "ports S24": "tests/driver_api/test_failure.py::test_driver_exit_tells_the_owner_nothing_but_everybody_else",
    "ports S29": "tests/ports/test_opening.py::test_options_that_are_not_for_drivers_are_plain_badargs",
    "ports S30": "tests/ports/test_opening.py::test_options_that_are_not_for_drivers_are_plain_badargs",
    "ports S37": "tests/driver_api/test_memory.py::test_a_whole_binary_is_the_reply_and_the_flags_count_as_they_are_"
    "after_the_callback",
    "ports S39": "tests/ports/test_identifiers.py::test_the_slot_of_a_number_in_a_table_of_65536",
    "ports S45": "scenario owners destinations",
    "loader L15": "scenario loader files_that_are_no_drivers",
}

DIFFERENT = {
    "ports S3": "badarg here, wherever the request runs; proved below",
    "ports S31": "external programs are not emulated: proved by "
    "tests/ports/test_opening.py::test_external_programs_are_not_emulated_and_the_error_says_so",
    "ports S33": "an error text of the shell; the core's badarg names the port",
    "ports S34": "the name table is locked for a moment only: nobody's scheduler stops",
    "ports S35": "HaltIncomplete names the ports: proved by "
    "tests/driver_api/test_lives.py::test_halt_calls_no_finish_and_names_a_port_whose_queue_is_never_emptied",
    "ports S36": "a matter of the interactive shell",
    "ports S38": "a Python callback returns its reply, and has no buffer",
    "ports S42": "DriverMisuse instead: proved by "
    "tests/driver_api/test_failure.py::test_failing_in_start_is_an_error_where_otp_crashes",
    "ports S46": "an error text of the shell",
    "loader L4": "external programs are not emulated: {spawn, Name} is badarg",
}

_tested: dict[str, str] = {}


def row(*names: str) -> Callable[[Any], Any]:
    """Say which rows (``"ports S1"``, ``"loader L1"``) a test of this folder proves."""

    def mark(test: Any) -> Any:
        for name in names:
            _tested[name] = test.__name__
        return test

    return mark


def all_rows() -> set[str]:
    return {f"ports {number}" for number in PORTS} | {f"loader {number}" for number in LOADER}


def proofs_here() -> dict[str, str]:
    return dict(_tested)
