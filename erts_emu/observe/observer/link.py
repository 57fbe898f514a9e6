"""The way from a face to the observed process: a socket in a folder that only its owner can enter."""

from __future__ import annotations

import os
import tempfile
import threading
from multiprocessing.connection import Client, Connection, Listener
from types import TracebackType
from typing import Any, Final, Protocol, Self, final

from erts_emu.observe.observer.samples import Order, Question, Sample
from erts_emu.observe.observer.sampling import Sampler

SOCKET: Final = "socket"


class Link(Protocol):
    """Where a face gets its samples from."""

    def ask(self, question: Question) -> Sample:
        """Return a sample. Raises ``LinkLost``."""

    def order(self, order: Order) -> str:
        """Have something done; return what is to be said about it. Raises ``LinkLost``."""


class LinkLost(ConnectionError):
    """The observed process answers no more: it has ended, or was never there."""

    def __init__(self, where: str) -> None:
        super().__init__(f"nobody answers at {where}: the observed program has ended, or was started elsewhere")


@final
class DirectLink:
    """To a sampler in the same process."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def ask(self, question: Question) -> Sample:
        """Return a sample."""
        return self._sampler.answer(question)

    def order(self, order: Order) -> str:
        """Have the subject do something."""
        return self._sampler.obey(order)


@final
class SocketLink:
    """To a server in another process. Questions are asked by one thread; orders are given by any."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._asking = self._connect()

    def _connect(self) -> Connection:
        try:
            return Client(os.path.join(self._folder, SOCKET), "AF_UNIX")
        except OSError as error:
            raise LinkLost(self._folder) from error

    def ask(self, question: Question) -> Sample:
        """Return a sample."""
        sample: Sample = self._call(self._asking, question)
        return sample

    def order(self, order: Order) -> str:
        """Have something done. It may take long, and has a connection of its own: others need not wait for it."""
        with self._connect() as connection:
            said: str = self._call(connection, order)
        return said

    def _call(self, connection: Connection, what: Question | Order) -> Any:
        try:
            connection.send(what)
            return connection.recv()
        except (EOFError, OSError) as error:
            raise LinkLost(self._folder) from error

    def wait_for_end(self) -> None:
        """Return when the server, or its whole process, has gone; for a link that asks nothing."""
        try:
            self._asking.recv()
        except (EOFError, OSError):
            return

    def close(self) -> None:
        """Hang up."""
        self._asking.close()


@final
class Server:
    """Answers faces, each on a thread of its own. Use it as a context manager; ``folder`` is where it is to be found.

    Nobody else may enter the folder: what comes through the socket is pickled, and trusted.
    """

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._closing = False
        self._temporary = tempfile.TemporaryDirectory(prefix="erts-emu-observer-")
        self.folder = self._temporary.name
        self._listener = Listener(os.path.join(self.folder, SOCKET), "AF_UNIX")
        self._thread = threading.Thread(target=self._accept, name="observer", daemon=True)

    def __repr__(self) -> str:
        return f"<Server in {self.folder}>"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing = True
        Client(os.path.join(self.folder, SOCKET), "AF_UNIX").close()  # wakes the thread that accepts
        self._thread.join()
        self._listener.close()
        self._temporary.cleanup()

    def _accept(self) -> None:
        while True:
            connection = self._listener.accept()
            if self._closing:
                connection.close()
                return
            threading.Thread(target=self._serve, args=(connection,), name="observer face", daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        sampler = self._sampler
        with connection:
            while True:
                try:
                    asked = connection.recv()
                except (EOFError, OSError):
                    return  # the face has gone
                if self._closing:
                    return
                answer = sampler.answer(asked) if isinstance(asked, Question) else sampler.obey(asked)
                try:
                    connection.send(answer)
                except OSError:
                    return
