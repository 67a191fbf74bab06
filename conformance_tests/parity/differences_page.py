"""The page of deliberate differences, `docs/differences.md`, from their list.

`python -m parity.differences_page` writes it anew.
"""

from __future__ import annotations

import pathlib

from parity.differences import AMONG, BACKENDS, Difference, Where, differences

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "differences.md"
NAMES = {"numpy": "NumPy", "jax": "JAX", "torch": "torch", "tensorflow": "TensorFlow"}
WHAT = {"dtype": "dtype", "values": "values", "refused": "an error of ours", "uncompared": "an error of Keras in each"}

HEAD = """\
# Where multikeras differs from Keras, and why

Made from [differences.toml](../conformance_tests/parity/differences.toml), which the tests of parity read too: they
call every op of Keras 3.15.1 and ours with the same tensors on the same backend, over all declared cases, all dtypes
and pairs of dtypes, and fail where a difference is not in the list, or one in the list is no longer there.

An op is named where it differs, with the backends on which it does. "The table of dtypes" is its first plain case with
tensors of each dtype, of each pair of them where they are promoted, and of Python numbers beside them.

Errors differ as well: ours have one class and one text on every backend, and are also of the built-in class that
users of Keras catch.
"""


def page() -> str:
    """The page."""
    parts = [HEAD]
    parts += [_section(entry) for entry in differences()]
    return "\n".join(parts)


def _section(entry: Difference) -> str:
    lines = [f"## {entry.topic}", "", f"**Keras:** {entry.keras}", "", f"**multikeras:** {entry.ours}", ""]
    lines += [f"**Why:** {entry.why}", ""]
    # Backends and conditions in common are said once.
    groups: dict[tuple[str, ...], list[str]] = {}
    for where in entry.where:
        groups.setdefault(_conditions(where), []).extend(where.ops)
    if groups:
        lines += ["| ops | on | in | what differs |", "|---|---|---|---|"]
    for (backends, among, what), ops in groups.items():
        named = "any op" if ops == ["*"] else ", ".join(f"`{name}`" for name in dict.fromkeys(ops) if name != "*")
        lines.append(f"| {named} | {backends} | {among} | {what} |")
    if entry.layers:
        lines += ["", "Cases of layers: " + ", ".join(f"`{name}`" for name in entry.layers) + "."]
    if entry.tests:
        lines += ["", "Shown by " + ", ".join(f"`{test}`" for test in entry.tests) + "."]
    return "\n".join([*lines, ""])


def _conditions(where: Where) -> tuple[str, str, str]:
    backends = "all" if set(where.backends) == set(BACKENDS) else ", ".join(NAMES[b] for b in where.backends)
    if where.cases:
        among = "; ".join(f"`{case}`".replace("|", "\\|") for case in where.cases)
    elif where.among == ("cases",):
        among = "the declared cases"
    elif where.among == ("functions",):
        among = "calls of functions that are no declared ops"
    else:
        among = "the table of dtypes" if where.among != AMONG else "cases and the table of dtypes"
        if where.only:
            among += f": {', '.join(where.only)} alone"
        if where.inputs:
            among += f": with {', '.join(where.inputs)}"
    what = WHAT[where.what]
    if where.becomes:
        what += ": " + ", ".join(f"{ours}, Keras {' or '.join(theirs)}" for ours, theirs in where.becomes)
    return backends, among, what


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
