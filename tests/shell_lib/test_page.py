"""The page about the library says what is so."""

from . import page


def test_the_page_is_up_to_date():
    assert page.PAGE.read_text("utf-8") == page.page(), "python -m tests.shell_lib.page writes it"
