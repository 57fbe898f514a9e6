"""Makes the examples importable, and imports the whole emulator before any pytest runs inside this one.

A package ``examples`` of the tests is in the way of the examples' own name. And a pytest inside this one forgets what
it has imported: modules that the emulator loads late would then exist twice.
"""

import sys
from pathlib import Path

from erts_emu.testing import Workbench, explore

sys.path.append(str(Path(__file__).parents[2] / "examples"))

with Workbench() as bench:
    bench.me.erl_ddll.loaded_drivers()
explore(lambda me: me.flush(), schedules=1)
