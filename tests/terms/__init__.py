"""Tests of ``erts_emu.terms``."""
