"""Failing: in start, and in all the ways there are. The twin of ``c/drivers/fail_drv.c``."""

import errno

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class Fail(Driver):
    driver_name = "fail_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command):
        how = command.partition(" ")[2]
        if how == "errno":
            raise OSError(errno.ENOENT, "as asked for")
        return {"general": api.ERL_DRV_ERROR_GENERAL, "badarg": api.ERL_DRV_ERROR_BADARG}.get(how)

    def output(self, buf):
        port = self.port
        actions = {
            b"a": lambda: api.driver_failure_atom(port, "oops"),
            b"p": lambda: api.driver_failure_posix(port, errno.EPERM),
            b"n": lambda: api.driver_failure(port, 17),
            b"0": lambda: api.driver_failure(port, 0),
            b"e": lambda: api.driver_failure_eof(port),
            b"x": lambda: api.driver_exit(port, 0),
            b"y": lambda: api.driver_exit(port, errno.EACCES),
            b"2": lambda: [api.driver_failure_atom(port, name) for name in ("first", "second")],
        }
        actions.get(bytes(buf[:1]), lambda: api.driver_output(port, b"fine"))()

    def control(self, command, buf):
        self.output(buf)
        return b"done"


@hookimpl
def driver_init() -> DriverEntry:
    return Fail.entry()
