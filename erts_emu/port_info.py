"""``port_info``: what a port tells about itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from erts_emu.errors import Badarg
from erts_emu.port import Port, slot_index
from erts_emu.port_states import PORT_SPECIFIC_LOCK
from erts_emu.port_task import PARALLELISM
from erts_emu.terms import Atom, PortId
from erts_emu.terms.kinds import heap_words

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator

UNDEFINED: Final = Atom("undefined")
_NO_NAME: Final = object()


def _bool(value: object) -> Atom:
    return Atom("true" if value else "false")


def _registered_name(port: Port) -> Any:
    return _NO_NAME if port.registered_name is None else port.registered_name


def _memory(port: Port) -> int:
    """The bytes that ERTS says a port holds. Of all its links and monitors it counts one, the last it comes to.

    That is a monitor of the port; or else one that the driver has made; or else a link.
    """
    size = 40 if port.links else 0
    if port.driver_monitors:
        size = 64
    if port.monitored_by:
        _watcher, item = list(port.monitored_by.values())[-1]
        size = 64 if item is None or isinstance(item, PortId) else 72
    if port.line_buffer is not None:
        size += 32 + port.line_buffer.room
    words = heap_words(port.data)
    return size + 64 + 8 * words if words or port.data == () else size


_ITEMS: Final[dict[str, Callable[[Port], Any]]] = {
    "registered_name": _registered_name,
    "name": lambda port: list(port.name.encode("utf-8", "surrogateescape")),
    "links": lambda port: list((port.links or {}).values()),
    "id": lambda port: slot_index(port.id.number, _table_size(port)),
    "connected": lambda port: port.connected,
    "input": lambda port: port.bytes_in,
    "output": lambda port: port.bytes_out,
    "os_pid": lambda port: UNDEFINED if port.os_pid is None else port.os_pid,
    "parallelism": lambda port: _bool(port.tflags & PARALLELISM),
    "locking": lambda port: Atom("port_level" if port.state & PORT_SPECIFIC_LOCK else "driver_level"),
    "queue_size": lambda port: port.queue_size,
    "monitors": lambda port: [(Atom("process"), pid) for pid, _ in (port.driver_monitors or {}).values()],
    "monitored_by": lambda port: [watcher for watcher, _ in reversed((port.monitored_by or {}).values())],
    "memory": _memory,
}
_IN_INFO_1: Final = ("registered_name", "name", "links", "id", "connected", "input", "output", "os_pid")


def _table_size(port: Port) -> int:
    emu: Emulator = port.emu
    return emu.ports.size


def all_items(port: Port) -> Any:
    """``port_info/1``: the list of items, in ERTS's order."""
    items = [(Atom(name), _ITEMS[name](port)) for name in _IN_INFO_1]
    return [item for item in items if item[1] is not _NO_NAME]


def one_item(port: Port, item: Any) -> Any:
    """``port_info/2``. Raises ``Badarg`` for an unknown item."""
    name = item.name if isinstance(item, Atom) else item
    getter = _ITEMS.get(name) if isinstance(name, str) else None
    if getter is None:
        raise Badarg(f"port_info has no item {item!r}; items are {', '.join(_ITEMS)}")
    value = getter(port)
    return [] if value is _NO_NAME else (Atom(name), value)
