"""Locks and the driver's own life: a counter that all ports share. The twin of ``c/drivers/counter_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class Counter(Driver):
    driver_name = "counter_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    @classmethod
    def init(cls):
        cls.lock = api.erl_drv_rwlock_create("counter")
        cls.mutex = api.erl_drv_mutex_create("counter_mutex")
        cls.counter = 0
        return 0

    @classmethod
    def finish(cls):
        api.erl_drv_rwlock_destroy(cls.lock)
        api.erl_drv_mutex_destroy(cls.mutex)

    @classmethod
    def add(cls, amount):
        api.erl_drv_rwlock_rwlock(cls.lock)
        cls.counter += amount
        api.erl_drv_rwlock_rwunlock(cls.lock)

    def control(self, command, buf):
        if command == 1:
            self.add(buf[0])
        if command == 3:
            return b"" if api.driver_async(self.port, None, self.add, buf[0], lambda amount: None) > 0 else -1
        if command == 4:
            words = ["busy" if api.erl_drv_mutex_trylock(self.mutex) else "free" for _ in range(2)]
            api.erl_drv_mutex_unlock(self.mutex)
            return " ".join(words).encode()
        if command == 5:
            return f"{api.erl_drv_rwlock_name(self.lock)} {api.erl_drv_mutex_name(self.mutex)}".encode()
        if command > 5:
            return -1
        api.erl_drv_rwlock_rlock(self.lock)
        now = self.counter
        api.erl_drv_rwlock_runlock(self.lock)
        return str(now).encode()

    def ready_async(self, amount):
        api.driver_output(self.port, b"added")


@hookimpl
def driver_init() -> DriverEntry:
    return Counter.entry()
