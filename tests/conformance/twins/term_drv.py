"""Terms: one of each kind. The twin of ``c/drivers/term_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl

EXTERNAL = bytes((131, 104, 2, 97, 1, 100, 0, 1)) + b"x"


class Term(Driver):
    driver_name = "term_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def control(self, command, buf):
        return bytes((10 + self.send(command, buf),))

    def specs(self, buf, binary):
        size = len(buf)
        atom = api.driver_mk_atom("a")
        a, one = (api.ERL_DRV_ATOM, atom), (api.ERL_DRV_INT, 1)
        return [
            [*a, api.ERL_DRV_INT, -3, api.ERL_DRV_UINT, 7, api.ERL_DRV_TUPLE, 3],
            [
                api.ERL_DRV_FLOAT, 2.5, api.ERL_DRV_INT64, -5000000000, api.ERL_DRV_UINT64, 2**64 - 1,
                api.ERL_DRV_TUPLE, 3,
            ],
            [api.ERL_DRV_STRING, buf, size, api.ERL_DRV_BUF2BINARY, buf, size, api.ERL_DRV_TUPLE, 2],
            [api.ERL_DRV_NIL, api.ERL_DRV_STRING_CONS, buf, size],
            [api.ERL_DRV_BINARY, binary, size - 1 if size else 0, 1 if size else 0],
            [*a, *one, api.ERL_DRV_NIL, api.ERL_DRV_LIST, 3],
            [*a, *one, api.ERL_DRV_LIST, 2],
            [*a, *one, api.ERL_DRV_MAP, 1],
            [api.ERL_DRV_EXT2TERM, EXTERNAL, len(EXTERNAL)],
            [api.ERL_DRV_TUPLE, 0],
            [
                api.ERL_DRV_PORT, api.driver_mk_port(self.port),
                api.ERL_DRV_PID, api.driver_connected(self.port), api.ERL_DRV_TUPLE, 2,
            ],
            [*a, *a],
            [api.ERL_DRV_TUPLE, 2],
            [api.ERL_DRV_MAP, 0],
            [*a, *one, *a, api.ERL_DRV_INT, 2, api.ERL_DRV_MAP, 2],
        ]  # fmt: skip

    def send(self, number, buf):
        binary = api.driver_alloc_binary(len(buf))
        binary.orig_bytes[:] = buf
        specs = self.specs(buf, binary)
        result = -9
        if number % 100 < len(specs):
            port, spec = api.driver_mk_port(self.port), specs[number % 100]
            if number < 100:
                result = api.erl_drv_output_term(port, spec)
            else:
                result = api.erl_drv_send_term(port, api.driver_caller(self.port), spec)
        api.driver_free_binary(binary)
        return result


@hookimpl
def driver_init() -> DriverEntry:
    return Term.entry()
