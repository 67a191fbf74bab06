"""Contestants in processes of their own, whose rounds alternate."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import time
from typing import Any

HERE = pathlib.Path(__file__).parent
# Bytecode is kept, as it is of every installed package: a contestant in a checkout would be compiled at each start.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"TF_CPP_MIN_LOG_LEVEL": "2"}


class Contestant:
    """A running process that times one round whenever it is told to.

    Args:
        module: The module under `contestants` whose `prepare(*arguments)` returns what times a round, in seconds.
        arguments: Passed to `prepare`.
        environment: Further environment variables.
    """

    def __init__(self, module: str, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "contestant.py"), module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**ENVIRONMENT, **environment},
        )
        self.answer()

    def answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"A contestant ended with status {self.process.wait()}: {self.process.args}")
        return json.loads(line)

    def round(self) -> Any:
        """What one round took."""
        assert self.process.stdin is not None
        self.process.stdin.write("round\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def alternate(contestants: dict[str, Contestant], rounds: int) -> dict[str, list[Any]]:
    """Times of each contestant, one round each in turn; the first round of each warms up and is dropped."""
    times: dict[str, list[Any]] = {name: [] for name in contestants}
    try:
        for number in range(rounds + 1):
            for name, contestant in contestants.items():
                result = contestant.round()
                if number:
                    times[name].append(result)
    finally:
        for contestant in contestants.values():
            contestant.close()
    return times


def seconds_of(code: str, **environment: str) -> float:
    """How long a new process takes to run some code."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env={**ENVIRONMENT, **environment})
    return time.perf_counter() - start
