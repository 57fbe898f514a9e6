"""Driver-created ports: a command makes the port have a child. The twin of ``c/drivers/family_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class Family(Driver):
    driver_name = "family_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING
    number = 0
    children = 0

    def output(self, buf):
        self.children += 1
        child = Family()
        child.number = self.children
        caller = api.driver_caller(self.port)
        child.port = api.driver_create_port(self.port, caller, "family_drv child", child)
        spec = [
            api.ERL_DRV_ATOM, api.driver_mk_atom("born"), api.ERL_DRV_PORT, api.driver_mk_port(child.port),
            api.ERL_DRV_TUPLE, 2,
        ]  # fmt: skip
        api.erl_drv_send_term(api.driver_mk_port(self.port), caller, spec)

    def control(self, command, buf):
        return f"number {self.number}, {self.children} children".encode()


@hookimpl
def driver_init() -> DriverEntry:
    return Family.entry()
