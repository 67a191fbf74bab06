"""What multikeras costs over the framework underneath, measured beside it in the same run.

    python benchmarks [imports] [ops] [fit] ... [--backends torch,jax] [--rounds 15] [--json FILE] [--markdown FILE]

Each row compares two contestants whose rounds alternate, so that whatever else the machine does meets both. Printed are
medians with the spread between the quartiles, and whether the project's target is met.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys

import endurance
import imports
import layer_call
import op_large
import op_overhead
import waits
import workloads
from report import as_markdown, as_matrix, show

MEASURES = {
    "imports": imports.rows,
    "ops": op_overhead.rows,
    "layer": layer_call.rows,
    "large": op_large.rows,
    "fit": workloads.fit,
    "compiled": workloads.compiled,
    "predict": workloads.predict,
    "row": workloads.row,
    "first": workloads.first,
    "memory": workloads.memory,
    "endurance": endurance.rows,
    "waits": waits.rows,
    "build": workloads.build,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measures", nargs="*", choices=[[], *MEASURES], help="all by default")
    parser.add_argument("--backends", default="numpy,torch,jax,tensorflow", help="names, with commas")
    parser.add_argument("--rounds", type=int, default=15, help="how often each contestant is timed")
    parser.add_argument("--json", type=pathlib.Path, help="where every single time is written")
    parser.add_argument("--markdown", type=pathlib.Path, help="where the tables are written")
    options = parser.parse_args()
    found, tables = [], []
    for name in options.measures or MEASURES:
        rows = MEASURES[name](options.backends.split(","), options.rounds)
        show(name, rows)
        found += rows
        tables.append((as_matrix if name == "large" else as_markdown)(name, rows))
    if options.json:
        options.json.write_text(json.dumps([row.as_dict() for row in found], indent=1))
    if options.markdown:
        options.markdown.write_text("\n".join(tables))
    return 0 if all(row.met is not False for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
