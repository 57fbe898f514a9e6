"""The driver API: functions with C's names and argument order, so that OTP's manual pages apply word for word.

One module for each chapter. Drivers import from :mod:`erts_emu.driver`.

Where C passes a buffer and its length, ``bytes`` carry both; a buffer that is written to is a ``bytearray``. A pointer
that a function writes through is a :class:`Pointer`, or the structure itself. NULL and NIL are None.

Thread rules, in brackets at the end of each summary: **A** any thread; **P** a thread that holds the port data lock,
or, if the port has none, a callback of the port; **C** only inside a callback of the port; **S** a scheduler's thread.

An invalid or dead port gives the result that OTP gives. A *stale* handle, kept after the callback in which its
port died, raises ``StalePortHandle``. Where OTP ends the whole system, ``DriverMisuse`` is raised. With the lock
checker on, a call without the lock that OTP demands raises ``LockNotHeld``.
"""
