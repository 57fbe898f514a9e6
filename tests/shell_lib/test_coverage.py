"""The library has every function that OTP 25 exports, but for those that are left out for a reason."""

from . import coverage


def test_nothing_is_missing():
    assert not coverage.missing()


def test_what_is_left_out_is_not_there_and_known_to_erl():
    names = set(coverage.exported())
    assert [name for name in coverage.left_out() if coverage.is_there(name) or name not in names] == []
