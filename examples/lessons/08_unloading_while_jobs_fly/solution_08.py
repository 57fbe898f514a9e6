"""Solution 8: unload a driver, and know when it is gone."""

from erts_emu import ANY, Atom
from erts_emu.attached_process import AttachedProcess
from erts_emu.errors import ReceiveTimeout


def unload(me: AttachedProcess, name: str, patience: float) -> bool:
    """Give the driver *name* up, which the process has loaded once; say whether it is gone after *patience* seconds.

    Returns as soon as it is gone, and at once if others use the driver too: it stays for them. Ports are not killed.
    Nothing is left in the mailbox, and what was there before still is.
    """
    answer = me.erl_ddll.try_unload(name, [("monitor", "pending_driver")])
    if len(answer) == 2:  # pending_process: others use it
        return False
    reference = answer[2]
    try:
        message = me.receive((ANY, reference, ANY, ANY, ANY), timeout=patience)
    except ReceiveTimeout:
        me.erl_ddll.demonitor(reference)
        return False
    return message[4] is Atom("unloaded")
