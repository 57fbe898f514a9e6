"""Process monitors: every sender of a command is watched. The twin of ``c/drivers/watch_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class Watch(Driver):
    driver_name = "watch_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command):
        self.monitors = []

    def output(self, buf):
        if len(self.monitors) < 16:
            self.monitors.append(api.ErlDrvMonitor())
            api.driver_monitor_process(self.port, api.driver_caller(self.port), self.monitors[-1])

    def process_exit(self, monitor):
        for number, each in enumerate(self.monitors):
            if api.driver_compare_monitors(monitor, each) == 0:
                api.driver_output(self.port, b"gone %d" % number)

    def control(self, command, buf):
        if command == 1:
            return str(api.driver_demonitor_process(self.port, self.monitors[buf[0]])).encode()
        if command == 2:
            return b"n" if api.driver_get_monitored_process(self.port, self.monitors[buf[0]]) is None else b"y"
        return str(len(self.monitors)).encode() if command == 3 else -1


@hookimpl
def driver_init() -> DriverEntry:
    return Watch.entry()
