"""Exercise 4: foretell how finished jobs are completed.

A scheduler finds *finished* jobs in its ready queue, all at once, and a process that is always ready to run.
"""


def passes(finished: int) -> list[int]:
    """Return how many jobs each pass completes; passes that complete none are left out. 50: [20, 20, 10]."""
    return [finished]


def longest_wait(finished: int, milliseconds: int) -> int:
    """Return for how many milliseconds, at most, the process waits between two turns, if ready_async takes so long."""
    return finished * milliseconds
