"""Random programs for drivers in C, which ``erl`` and the emulator have to run alike; see ``__main__.py``."""
