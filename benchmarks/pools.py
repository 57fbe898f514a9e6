"""Baselines: the thread pools a Python program has without this project."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import AsyncResult, ThreadPool
from types import TracebackType
from typing import Self

from benchmarks.protocols import Argument, Result


def nothing() -> None:
    """Do nothing: the job of which only the way to the thread and back is measured."""


class ExecutorPool:
    """`concurrent.futures.ThreadPoolExecutor`, one future per job."""

    def __init__(self, threads: int = 1) -> None:
        self._executor = ThreadPoolExecutor(threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: object, tb: TracebackType | None) -> None:
        self._executor.shutdown()

    def batch(self, jobs: int) -> int:
        submit = self._executor.submit
        futures = [submit(nothing) for _ in range(jobs)]
        for future in futures:
            future.result()
        return len(futures)

    def window(self, jobs: int, window: int) -> int:
        submit = self._executor.submit
        flying = deque(submit(nothing) for _ in range(min(jobs, window)))
        for _ in range(jobs - len(flying)):
            flying.popleft().result()
            flying.append(submit(nothing))
        for future in flying:
            future.result()
        return jobs

    def one_by_one(self, jobs: int) -> int:
        submit = self._executor.submit
        for _ in range(jobs):
            submit(nothing).result()
        return jobs

    def map(self, function: Callable[[Argument], Result], arguments: Sequence[Argument]) -> list[Result]:
        return list(self._executor.map(function, arguments))


class MultiprocessingPool:
    """`multiprocessing.pool.ThreadPool`, one `apply_async` per job."""

    def __init__(self, threads: int = 1) -> None:
        self._pool = ThreadPool(threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: object, tb: TracebackType | None) -> None:
        self._pool.close()
        self._pool.join()

    def batch(self, jobs: int) -> int:
        put = self._pool.apply_async
        results = [put(nothing) for _ in range(jobs)]
        for result in results:
            result.get()
        return len(results)

    def window(self, jobs: int, window: int) -> int:
        put = self._pool.apply_async
        flying: deque[AsyncResult[None]] = deque(put(nothing) for _ in range(min(jobs, window)))
        for _ in range(jobs - len(flying)):
            flying.popleft().get()
            flying.append(put(nothing))
        for result in flying:
            result.get()
        return jobs

    def one_by_one(self, jobs: int) -> int:
        put = self._pool.apply_async
        for _ in range(jobs):
            put(nothing).get()
        return jobs

    def map(self, function: Callable[[Argument], Result], arguments: Sequence[Argument]) -> list[Result]:
        return self._pool.map(function, arguments, chunksize=1)


class AsyncioPool:
    """`asyncio.to_thread`, with the loop's default executor set to the given number of threads."""

    def __init__(self, threads: int = 1) -> None:
        self._runner = asyncio.Runner()
        self._runner.get_loop().set_default_executor(ThreadPoolExecutor(threads))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: object, tb: TracebackType | None) -> None:
        self._runner.close()

    def batch(self, jobs: int) -> int:
        async def run() -> int:
            return len(await asyncio.gather(*(asyncio.to_thread(nothing) for _ in range(jobs))))

        return self._runner.run(run())

    def window(self, jobs: int, window: int) -> int:
        share, rest = divmod(jobs, window)

        async def run() -> int:
            counts = [share + 1] * rest + [share] * (window - rest)
            return sum(await asyncio.gather(*map(self._chain, counts)))

        return self._runner.run(run())

    def one_by_one(self, jobs: int) -> int:
        return self._runner.run(self._chain(jobs))

    def map(self, function: Callable[[Argument], Result], arguments: Sequence[Argument]) -> list[Result]:
        async def run() -> list[Result]:
            return list(await asyncio.gather(*(asyncio.to_thread(function, a) for a in arguments)))

        return self._runner.run(run())

    @staticmethod
    async def _chain(jobs: int) -> int:
        for _ in range(jobs):
            await asyncio.to_thread(nothing)
        return jobs
