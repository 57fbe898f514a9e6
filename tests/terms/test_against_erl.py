"""Short campaigns against the real ``erl``; ``campaign`` runs long ones."""

import os
from itertools import islice

import pytest

from . import campaign, oracle

COUNT = int(os.environ.get("ERTS_EMU_TERMS", "2000"))
SEED = int(os.environ.get("ERTS_EMU_TERMS_SEED", "0"))

pytestmark = [
    pytest.mark.erl,
    pytest.mark.skipif(not oracle.AVAILABLE, reason="erl is not installed"),
    pytest.mark.timeout(120 + COUNT // 10),
]


def none_of(differences):
    found = list(islice(differences, 5))
    assert not found, "\n".join(map(repr, found))[:5000]


@pytest.mark.parametrize("printable_range", ["latin1", "unicode"])
def test_printing_and_encoding(tmp_path, printable_range):
    none_of(campaign.printing(COUNT // 2, SEED, tmp_path, printable_range))


def test_order_and_equality(tmp_path):
    none_of(campaign.sorting(COUNT * 5, SEED, tmp_path))


def test_hashes(tmp_path):
    none_of(campaign.hashing(COUNT, SEED, tmp_path))


def test_visible_characters(tmp_path):
    none_of(campaign.measuring(COUNT, SEED, tmp_path))


def test_decoding_damaged_data(tmp_path):
    none_of(campaign.decoding(COUNT, SEED, tmp_path))
