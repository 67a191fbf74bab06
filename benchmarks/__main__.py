"""What multikeras costs over the framework underneath, measured beside it in the same run.

    python benchmarks [imports] [ops] [fit] [--backends torch,jax] [--rounds 15] [--json results.json]

Each row compares two contestants whose rounds alternate, so that whatever else the machine does meets both. Printed are
medians with the spread between the quartiles, and whether the project's target is met.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys

import imports
import op_overhead
import workloads
from report import show

MEASURES = {
    "imports": imports.rows,
    "ops": op_overhead.rows,
    "fit": workloads.fit,
    "predict": workloads.predict,
    "row": workloads.row,
    "first": workloads.first,
    "memory": workloads.memory,
    "build": workloads.build,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", choices=[[], *MEASURES], help="all by default")
    parser.add_argument("--backends", default="numpy,torch,jax,tensorflow", help="names, with commas")
    parser.add_argument("--rounds", type=int, default=15, help="how often each contestant is timed")
    parser.add_argument("--json", type=pathlib.Path, help="where every single time is written")
    options = parser.parse_args()
    found = []
    for name in options.measures or MEASURES:
        rows = MEASURES[name](options.backends.split(","), options.rounds)
        show(name, rows)
        found += rows
    if options.json:
        options.json.write_text(json.dumps([row.as_dict() for row in found], indent=1))
    return 0 if all(row.met is not False for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
