"""Exercise 10: a mailbox that loses no wake-up."""

from erts_emu.ethread import ThreadLayer


class Mailbox:
    """Letters for one thread. Any thread puts letters in, or closes the box; one thread takes them out."""

    def __init__(self, layer: ThreadLayer) -> None:
        self.letters = layer.queue()
        self.closed = layer.atomic()  # 0, or 1 when no more letters will come
        self.event = layer.event("mailbox")

    def put(self, letter: str) -> None:
        """Add a letter."""
        self.event.set()
        self.letters.append(letter)

    def close(self) -> None:
        """No more letters will come."""
        self.closed.set(1)
        self.event.set()

    def take(self) -> str | None:
        """Return the next letter; wait for one. None if there is none left and the box is closed."""
        while not self.letters:
            if self.closed.read():
                return None
            self.event.reset()
            self.event.wait()
        return str(self.letters.popleft())
