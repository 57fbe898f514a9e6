"""Threads: each command is added up by a thread of its own. The twin of ``c/drivers/thread_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


def run(work):
    port, to, tag, data = work
    api.erl_drv_send_term(port, to, [api.ERL_DRV_ATOM, tag, api.ERL_DRV_INT, sum(data), api.ERL_DRV_TUPLE, 2])


class Threads(Driver):
    driver_name = "thread_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command):
        self.threads = []

    def join(self):
        for thread in self.threads:
            api.erl_drv_thread_join(thread, None)
        self.threads = []

    def stop(self):
        self.join()

    def output(self, buf):
        work = (api.driver_mk_port(self.port), api.driver_caller(self.port), api.driver_mk_atom("sum"), buf)
        if len(self.threads) == 16:
            self.join()
        thread = api.Pointer(None)
        api.erl_drv_thread_create("adder", thread, run, work, None)
        self.threads.append(thread.value)

    def control(self, command, buf):
        count = len(self.threads)
        self.join()
        return bytes((count,))


@hookimpl
def driver_init() -> DriverEntry:
    return Threads.entry()
