"""The scenarios: each module is a group, and runs in one ``erl``."""
