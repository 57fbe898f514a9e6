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
    "03": [
        ((("Pointer(int(account))", "Pointer(0)"),), "have taken 200 ms, and not 50"),
        ((("Pointer(int(account))", "Pointer(id(self.port))"),), "have taken 200 ms, and not 50"),
        ((("Pointer(int(account))", "None"),), "the order of one account's bookings was"),
        ((("Pointer(int(account))", "Pointer(int(milliseconds))"),), "the order of one account's bookings was"),
    ],
    "04": [
        ((("[rest] * (rest > 0)", "[rest]"),), "passes(0) is [0]; it is []"),
        ((("LIMIT = 20", "LIMIT = 50"),), "passes(21) is [21]; it is [20, 1]"),
        ((("max(passes(finished), default=0) *", "finished *"),), "longest_wait(50, 2) is 100; it is 40"),
        ((("max(passes(finished), default=0) *", "LIMIT *"),), "longest_wait(0, 5) is 100; it is 0"),
    ],
    "05": [
        ((("self.graves.append((self.thread.later(), thing))", "self.free(thing)"),), "is freed, and scheduler 2 may"),
        ((("self.thread.later()", "self.progress.current + 1"),), "is freed, and scheduler 2 may still look at it"),
        ((("self.thread.later()", "self.thread.confirmed"),), "is freed, and scheduler 2 may still look at it"),
        ((("self.thread.later()", "self.thread.later() + 7"),), "after four turns of both schedulers 0 of 10"),
        (
            (("self.progress.has_reached(self.graves[0][0])", "self.progress.current >= self.graves[0][0]"),),
            "thing 6 is freed, and scheduler 2 may still look at it",
        ),
        ((("while self.graves", "if self.graves"),), "after four turns of both schedulers"),
        ((("self.graves.popleft()", "self.graves[0]"), ("while self", "if self")), "is freed twice"),
    ],
    "06": [
        (
            (
                (
                    "        driver_pdl_lock(self.pdl)\n        driver_enq(self.port, line)",
                    "        driver_enq(self.port, line)",
                ),
                ('b"\\n")\n        driver_pdl_unlock(self.pdl)', 'b"\\n")'),
            ),
            "LockNotHeld: driver_enq needs port_data_lock",
        ),
        (
            (
                ("        driver_pdl_lock(self.pdl)\n        data", "        data"),
                ("len(data))\n        driver_pdl_unlock(self.pdl)", "len(data))"),
            ),
            "LockNotHeld: driver_peekq needs port_data_lock",
        ),
        (
            (
                (
                    "        driver_enq(self.port, line)\n",
                    "        driver_enq(self.port, line)\n"
                    "        driver_pdl_unlock(self.pdl)\n        driver_pdl_lock(self.pdl)\n",
                ),
            ),
            "the journal says",
        ),
        (
            (('b"\\n")\n        driver_pdl_unlock(self.pdl)', 'b"\\n")'),),
            "deadlock",
        ),
        (
            (("len(data))\n        driver_pdl_unlock(self.pdl)", "len(data))"),),
            "returned from control still holding",
        ),
    ],
    "07": [
        ((("self.orders == MOST:", "self.orders > MOST:"),), "5 jobs were under way"),
        ((("            set_busy_port(self.port, False)", "            pass"),), "of 18 orders 4 were served"),
        ((("self.orders == MOST - 1", "self.orders == MOST"),), "of 18 orders 4 were served"),
        ((("self.orders == MOST - 1", "self.orders == 0"), ("MOST = 4", "MOST = 1")), "have taken 160 ms, and not 80"),
        ((("        self.orders -= 1\n        if", "        if"),), "of 18 orders 4 were served"),
    ],
    "08": [
        ((("if len(answer) == 2:  # pending_process: others use it", "if True:"),), "and unload returned False"),
        ((("(ANY, reference, ANY, ANY, ANY), ", ""),), "there was one letter in the mailbox"),
        (
            (("        me.erl_ddll.demonitor(reference)\n", ""),),
            "when the driver went later, this came into the mailbox",
        ),
        ((("timeout=patience", "timeout=10.0"),), "the driver's job takes 3 s"),
        (((', [("monitor", "pending_driver")])', ', ["kill_ports"])\n    return True'),), "the driver is still loaded"),
        (
            (
                ("    if len(answer) == 2:  # pending_process: others use it\n        return False\n", ""),
                ("answer[2]", "answer[-1]"),
            ),
            "not a reference: Atom('pending_process')",
        ),
        (
            (
                (
                    ', [("monitor", "pending_driver")])',
                    ")\n    me.sleep(patience)\n    return name not in me.erl_ddll.loaded_drivers()",
                ),
            ),
            "and unload 5000 ms",
        ),
    ],
    "09": [
        (
            (
                (
                    '        """The port is closed: the timer',
                    '        driver_deq(self.port, driver_sizeq(self.port))\n        """The',
                ),
            ),
            "250 ms after port_close the disk has []",
        ),
        (
            (
                (
                    '        """The port is closed: the timer',
                    '        while driver_sizeq(self.port):\n            self.timeout()\n        """The',
                ),
            ),
            "was written at once: the disk is not that fast",
        ),
        ((("        driver_deq(self.port, len(block))\n", ""),), "after 250 ms the disk has"),
        (
            (("        if driver_sizeq(self.port):\n            driver_set_timer(self.port, 100)\n\n", ""),),
            "after 250 ms the disk has [b'one two ']",
        ),
    ],
    "10": [
        (
            (
                ("            self.event.reset()\n", ""),
                ("self.event.wait()", "self.event.reset()\n            self.event.wait()"),
            ),
            "deadlock",
        ),
        (
            (
                (
                    "self.letters.append(letter)\n        self.event.set()",
                    "self.event.set()\n        self.letters.append(letter)",
                ),
            ),
            "deadlock",
        ),
        (
            (
                (
                    "        self.closed.set(1)\n        self.event.set()",
                    "        self.event.set()\n        self.closed.set(1)",
                ),
            ),
            "deadlock",
        ),
        ((("            self.event.reset()\n", ""),), "it never sleeps"),
        (
            (
                (
                    "            closed = self.closed.read()  # first: a letter may come between the two looks\n",
                    "",
                ),
                ("            if closed:", "            if self.closed.read():"),
            ),
            "put in: a, b; taken: ",
        ),
    ],
    "11": [
        (
            (
                (
                    "elif number in self.waiting:\n            self.waiting[number] += 1\n"
                    "        else:\n            self.waiting[number] = 1\n",
                    "else:\n            self.waiting[number] = self.waiting.get(number, 0) + 1\n",
                ),
                ("self.waiting.pop(number)", "self.waiting.pop(number, 0)"),
            ),
            "2 different numbers, and 3 computations",
        ),
        ((("            self.waiting[number] += 1\n", "            pass\n"),), "no message matched"),
        (
            (
                (
                    "            driver_async(self.port, None, self.work, [number], None)",
                    "            job = [number]\n            self.work(job)\n            self.ready_async(job)",
                ),
            ),
            "compute ran outside of a job",
        ),
        (
            (
                ("            self.computations += 1\n            driver_async", "            driver_async"),
                (
                    "        job.append(self.compute(job[0]))",
                    "        self.computations += 1\n        job.append(self.compute(job[0]))",
                ),
            ),
            "2 different numbers, and 1 computations",
        ),
        (
            (
                (
                    "        job.append(self.compute(job[0]))",
                    "        job.append(self.compute(job[0]))\n        self.last = job[0]",
                ),
            ),
            "[data-race] driver 'squares_drv': Squares#1.last",
        ),
    ],
    "12": [
        (
            (('"%zu", job->words);\n', '"%zu", job->words + 1);\n'),),
            "was answered with [b'7'], and not with [b'6']",
        ),
        (
            (
                (
                    "    if (driver_async((ErlDrvPort)data, NULL, count, job, driver_free) == -1)\n"
                    "        driver_free(job);\n",
                    "    count(job);\n    ready_async(data, (ErlDrvThreadData)job);\n",
                ),
                (
                    "static void output(",
                    "static void ready_async(ErlDrvData data, ErlDrvThreadData job_data);\n\nstatic void output(",
                ),
            ),
            "was there before the job had run",
        ),
        ((("(ErlDrvSizeT)length);\n    driver_free(job);", "(ErlDrvSizeT)length);"),), "[memory]"),
        ((("count, job, driver_free)", "count, job, NULL)"),), "although the port is closed"),
        ((("    job->words = 0;", "    job->words = 0"),), "the compiler says:"),
        ((("    .driver_name = ", '    .driver_name = "x" '),), "bad_driver_name"),
    ],
}
