"""Batches made by several processes, in order.

Batch number k comes from process `k % workers`, through a pipe of its own, so that nothing has to be sorted and a
process that ends is missed at once by whom it owes a batch.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import pickle
import traceback
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from multikeras.errors import ArgumentError, StateError

# How long an ended or interrupted process may take to go away before it is killed, in seconds.
_PATIENCE = 2.0


def made_by_processes(dataset: Any, indices: Iterable[int], workers: int, ahead: int) -> Iterator[Any]:
    """`dataset[i]` for all indices, in their order, made by processes up to `ahead` batches ahead.

    An error of a batch is raised in its place, with the traceback of the process as a note. Processes end with the
    iterator, by its end or by `close`, and with the one that started them.

    Raises:
        ArgumentError: The dataset cannot be sent to a process.
        StateError: A process ended while it owed a batch.
    """
    left = iter(indices)
    started: list[_Worker] = []
    try:
        for _ in range(workers):
            started.append(_Worker(dataset))
        owed: list[tuple[int, _Worker]] = []
        number = 0

        def order_next() -> None:
            nonlocal number
            index = next(left, None)
            if index is not None:
                worker = started[number % workers]
                number += 1
                worker.order(index)
                owed.append((index, worker))

        for _ in range(max(ahead, workers)):
            order_next()
        while owed:
            index, worker = owed.pop(0)
            batch = worker.take(index)
            order_next()
            yield batch
    finally:
        for worker in started:
            worker.stop()
        for worker in started:
            worker.join()


class _Worker:
    """One process with the pipe to it."""

    def __init__(self, dataset: Any) -> None:
        context = multiprocessing.get_context()
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(dataset, there), name="multikeras-worker", daemon=True)
        try:
            with warnings.catch_warnings():
                # Frameworks warn of forks since their own threads are not copied; a worker runs the dataset alone.
                warnings.simplefilter("ignore")
                self._process.start()
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            self._here.close()
            there.close()
            raise ArgumentError(
                "A dataset whose workers are processes can be pickled.",
                received=f"{type(error).__name__}: {error}",
                hint="use_multiprocessing=False",
            ) from error
        there.close()

    def order(self, index: int) -> None:
        """Ask for a batch."""
        try:
            self._here.send(index)
        except OSError:
            # The process has ended: whoever waits for the batch says so.
            return

    def take(self, index: int) -> Any:
        """The batch that was asked for first, which has number `index`."""
        try:
            batch, error, text = pickle.loads(self._here.recv_bytes())  # noqa: S301 - from a process of our own
        except (EOFError, OSError) as lost:
            self._process.join(_PATIENCE)
            raise StateError(
                f"A worker process ended while it made batch {index}.",
                received=f"exit code {self._process.exitcode}",
                hint="use_multiprocessing=False, to see the error",
            ) from lost
        if error is None:
            return batch
        error.add_note(f"in a worker process:\n{text}")
        raise error

    def stop(self) -> None:
        """Let the process end, now."""
        self._here.close()
        self._process.terminate()

    def join(self) -> None:
        """Wait until it has gone."""
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()


def _serve(dataset: Any, pipe: multiprocessing.connection.Connection) -> None:
    """What a process runs: one batch for each number that comes, until none can come any more."""
    while True:
        try:
            index = pipe.recv()
        except (EOFError, OSError, KeyboardInterrupt):
            return
        try:
            answer = pickle.dumps((dataset[index], None, ""), pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - raised again where the batch is asked for
            answer = _failure(error)
        try:
            pipe.send_bytes(answer)
        except OSError:
            return


def _failure(error: Exception) -> bytes:
    """An error as it is sent: itself where that can be pickled and comes back, else its text."""
    text = traceback.format_exc()
    try:
        answer = pickle.dumps((None, error, text))
        pickle.loads(answer)  # noqa: S301 - made one line above
        return answer
    except Exception:  # noqa: BLE001 - exceptions may refuse in any way
        return pickle.dumps((None, StateError(f"{type(error).__name__}: {error}"), text))
