"""``python -m erts_emu.cli`` is ``erts-emu``."""

from __future__ import annotations

import sys

from erts_emu.cli import main

if __name__ == "__main__":
    sys.exit(main())
