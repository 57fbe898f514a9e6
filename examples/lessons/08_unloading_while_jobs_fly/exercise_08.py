"""Exercise 8: unload a driver, and know when it is gone."""

from erts_emu.attached_process import AttachedProcess


def unload(me: AttachedProcess, name: str, patience: float) -> bool:
    """Give the driver *name* up, which the process has loaded once; say whether it is gone after *patience* seconds.

    Returns as soon as it is gone, and at once if others use the driver too: it stays for them. Ports are not killed.
    Nothing is left in the mailbox, and what was there before still is.
    """
    me.erl_ddll.try_unload(name, [])
    return name not in me.erl_ddll.loaded_drivers()
