"""What is printed is read back as the same term."""

import os
from itertools import islice

from . import campaign

COUNT = int(os.environ.get("ERTS_EMU_TERMS", "2000")) // 4
SEED = int(os.environ.get("ERTS_EMU_TERMS_SEED", "0"))


def test_terms_are_read_back(tmp_path):
    found = list(islice(campaign.reading(COUNT, SEED, tmp_path), 5))
    assert not found, "\n".join(map(repr, found))[:5000]
