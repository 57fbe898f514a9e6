"""Makes the examples importable: a package ``examples`` of the tests is in the way of their own name."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "examples"))
