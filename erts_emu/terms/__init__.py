"""Erlang terms as Python values: atoms and identifiers."""

from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid, PortId, Reference

__all__ = ["Atom", "Pid", "PortId", "Reference"]
