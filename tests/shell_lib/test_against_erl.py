"""A short campaign against the real ``erl``; ``campaign`` runs long ones."""

import os
from itertools import islice

import pytest

from tests.shell.oracle import AVAILABLE

from . import campaign

COUNT = int(os.environ.get("ERTS_EMU_LIBRARY", "1500"))
SEED = int(os.environ.get("ERTS_EMU_LIBRARY_SEED", "0"))

pytestmark = [
    pytest.mark.erl,
    pytest.mark.skipif(not AVAILABLE, reason="erl is not installed"),
    pytest.mark.timeout(120 + COUNT // 10),
]


def test_random_calls(tmp_path):
    found = list(islice(campaign.compare(COUNT, SEED, tmp_path), 5))
    assert not found, "\n".join(map(repr, found))[:5000]
