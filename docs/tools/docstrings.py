"""Docstrings of this package for mkdocstrings: a few forms of reStructuredText become Markdown."""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:class|func|meth|mod|data|attr|exc):`~?([^`]+)`")
_CODE = re.compile(r"::\n\n(?= {4})")


class PlainDocstrings(griffe.Extension):
    """``:class:`Port``` is code, and a paragraph that ends in two colons ends in one."""

    def on_instance(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite one docstring."""
        if obj.docstring is not None:
            text = _ROLE.sub(r"`\1`", obj.docstring.value)
            obj.docstring.value = _CODE.sub(":\n\n", text)
