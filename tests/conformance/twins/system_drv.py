"""The system: environment, versions, time, errno names; call. The twin of ``c/drivers/system_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class System(Driver):
    driver_name = "system_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def control(self, command, buf):
        if len(buf) > 200:
            return -1
        text = bytes(buf).decode()
        if command == 1:
            name, equals, value = text.partition("=")
            return str(api.erl_drv_putenv(name, value)).encode() if equals else -1
        if command == 2:
            found, size = bytearray(40), api.Pointer(40)
            result = api.erl_drv_getenv(text, found, size)
            shown = bytes(found[: size.value]).decode() if result == 0 else ""
            return f"{result} {size.value} {shown}".encode()
        if command == 3:
            info = api.ErlDrvSysInfo()
            api.driver_system_info(info)
            return (
                f"{info.driver_major_version}.{info.driver_minor_version} {info.erts_version} {info.otp_release} "
                f"{info.thread_support} {info.smp_support} {info.async_threads}"
            ).encode()
        if command == 4:
            first, second = (api.erl_drv_monotonic_time(api.ERL_DRV_NSEC) for _ in range(2))
            converted = (api.erl_drv_convert_time_unit(n, api.ERL_DRV_MSEC, api.ERL_DRV_SEC) for n in (1500, -1))
            return " ".join(map(str, (int(first <= second), *converted))).encode()
        if command == 5:
            return api.erl_errno_id(buf[0]).encode()
        if command == 6:
            return str(api.get_port_flags(self.port)).encode()
        if command == 7:
            api.erl_drv_set_os_pid(self.port, 4711)
            return b""
        return -1

    def call(self, command, buf):
        return bytes((131, 104, 2, 97, command)) + bytes(buf[1:]) if command <= 9 else -1


@hookimpl
def driver_init() -> DriverEntry:
    return System.entry()
