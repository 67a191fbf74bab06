"""The process of one contestant: `python contestant.py MODULE ARG...`, a line in for each round, its time out."""

from __future__ import annotations

import importlib
import json
import os
import sys


def main() -> None:
    # What a framework prints goes to standard error: standard output carries the times.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    name, *arguments = sys.argv[1:]
    run = importlib.import_module(f"contestants.{name}").prepare(*arguments)
    answers.write("null\n")
    for _ in sys.stdin:
        answers.write(json.dumps(run()) + "\n")


if __name__ == "__main__":
    main()
