"""BIFs on ports."""

from __future__ import annotations

from typing import Any

from erts_emu.shell.lib.erlang import LIBRARY
from erts_emu.shell.values import TRUE, badarg, boolean
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import PortId


@LIBRARY.waits("open_port")
async def _open_port(machine: Any, name: Any, settings: Any) -> PortId:
    if type(settings) is not list:
        raise badarg("badopt")
    port: PortId = await machine.process.open_port(name, settings)
    return port


@LIBRARY.waits("port_command", 2, 3)
async def _port_command(machine: Any, port: Any, data: Any, options: Any = None) -> Atom:
    names = set()
    if options is not None:
        if type(options) is not list or any(option not in (Atom("force"), Atom("nosuspend")) for option in options):
            raise badarg("badopt")
        names = {option.name for option in options}
    force, nosuspend = "force" in names, "nosuspend" in names
    return boolean(await machine.process.port_command(port, data, force=force, nosuspend=nosuspend))


@LIBRARY.waits("port_control")
async def _port_control(machine: Any, port: Any, operation: Any, data: Any) -> Any:
    return await machine.process.port_control(port, operation, data)


@LIBRARY.waits("port_call", 3)
async def _port_call(machine: Any, port: Any, operation: Any, term: Any) -> Any:
    return await machine.process.port_call(port, operation, term)


@LIBRARY.waits("port_call", 2)
async def _port_call_0(machine: Any, port: Any, term: Any) -> Any:
    return await machine.process.port_call(port, 0, term)


@LIBRARY.waits("port_close")
async def _port_close(machine: Any, port: Any) -> Atom:
    return boolean(await machine.process.port_close(port))


@LIBRARY.waits("port_connect")
async def _port_connect(machine: Any, port: Any, pid: Any) -> Atom:
    return boolean(await machine.process.port_connect(port, pid))


@LIBRARY.waits("port_info", 1)
async def _port_info(machine: Any, port: Any) -> Any:
    if type(port) not in (PortId, Atom):
        raise badarg()
    return await machine.process.port_info(port)


@LIBRARY.waits("port_info", 2)
async def _port_info_item(machine: Any, port: Any, item: Any) -> Any:
    if type(port) not in (PortId, Atom):
        raise badarg("badtype")
    return await machine.process.port_info(port, item)


@LIBRARY.waits("ports")
async def _ports(machine: Any) -> list[PortId]:
    ports: list[PortId] = await machine.process.ports()
    return ports


async def _open(machine: Any, reference: Any) -> Any:
    """An open port, by identifier or name. Raises ``badarg``."""
    if type(reference) is Atom:
        reference = await machine.process.whereis(reference)
    port = machine.process.emu.ports.lookup(reference) if type(reference) is PortId else None
    if port is None:
        raise badarg()
    return port


@LIBRARY.waits("port_set_data")
async def _port_set_data(machine: Any, reference: Any, term: Any) -> Atom:
    (await _open(machine, reference)).data = term
    return TRUE


@LIBRARY.waits("port_get_data")
async def _port_get_data(machine: Any, reference: Any) -> Any:
    return (await _open(machine, reference)).data
