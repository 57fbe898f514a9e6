"""Exercise 1: a driver that answers each command with its length.

For b"hello" the owner of the port shall receive b"5", for b"" b"0". When the port is closed, the driver shall print
how many bytes it has got in all.
"""

from erts_emu.driver import Driver


class Length(Driver):
    """Answers with the number of bytes, in decimal."""

    driver_name = "length_drv"

    # Your callbacks: start, output, stop.
