"""Scripts and drivers in C that ``erl`` and ``erts-emu run`` have to treat alike; see ``frame.py``."""
