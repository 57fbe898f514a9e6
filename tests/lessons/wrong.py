"""Typical wrong solutions: what to change in the right one, and a piece of what the checker then says."""

from __future__ import annotations

from typing import Final

Change = tuple[tuple[str, str], ...]

WRONG: Final[dict[str, list[tuple[Change, str]]]] = {
    "01": [
        ((('driver_output(self.port, b"%d" % len(buf))', 'return b"%d" % len(buf)'),), "was answered with []"),
        (((" % len(buf))", " % self.total)"),), "was answered with [b'5'], and not with [b'0']"),
        (
            (
                ("        self.total = 0\n", "        Length.total = 0\n"),
                ("self.total += len(buf)", "Length.total += len(buf)"),
                ("print(self.total)", "print(Length.total)"),
            ),
            "it got 11 bytes",
        ),
        ((("print(self.total)", "driver_output(self.port, b'%d' % self.total)"),), "it got 11 bytes, and printed ''"),
    ],
    "02": [
        (((" = split_slowly(job[0])", " = job[0].split()"),), "the answer came before the work was done"),
        (
            (("[buf], None)", "[buf], None)\n        erl_drv_sleep(50)"),),
            "port_command has taken 50 ms",
        ),
        (
            (
                ("[buf], None)", "buf, None)"),
                ('job: list[bytes]) -> None:\n        """Put', 'job: bytes) -> None:\n        """Put'),
                ("job[:] = split_slowly(job[0])", "job = split_slowly(job)"),
            ),
            "b'to be or not to be' was answered with [b'18']",
        ),
        (
            (
                ("job[:] = split_slowly(job[0])", "self.words = split_slowly(job[0])"),
                ("len(job))", "len(self.words))"),
            ),
            "texts of 1, 2, 3 and 4 words were answered with",
        ),
        (
            (
                ("job[:] = split_slowly(job[0])", "return"),
                ("        driver_output(", "        job[:] = split_slowly(job[0])\n        driver_output("),
            ),
            "they have taken 200 ms together",
        ),
        ((('        driver_output(self.port, b"%d" % len(job))', ""),), "was answered with []"),
    ],
}
