"""Benchmarks: the emulator beside Python's thread pools and the real ``erl``, in turns, in one run.

Start with ``python -m benchmarks``; ``README.md`` says what each case measures and how to read the table.
"""
