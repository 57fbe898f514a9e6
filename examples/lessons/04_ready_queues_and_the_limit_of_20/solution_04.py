"""Solution 4: foretell how finished jobs are completed."""

LIMIT = 20


def passes(finished: int) -> list[int]:
    """Return how many jobs each pass completes; passes that complete none are left out. 50: [20, 20, 10]."""
    full, rest = divmod(finished, LIMIT)
    return [LIMIT] * full + [rest] * (rest > 0)


def longest_wait(finished: int, milliseconds: int) -> int:
    """Return for how many milliseconds, at most, the process waits between two turns, if ready_async takes so long."""
    return max(passes(finished), default=0) * milliseconds
