"""Deliberate differences from Keras: `differences.toml`, which the tests hold to and `docs/differences.md` shows.

```toml
[[difference]]
topic = "What it concerns"
keras = "what Keras does"
ours = "what multikeras does"
why = "the reason"
tests = ["conformance_tests/core/test_x.py::test_y"]   # what shows it where it is no op's result, or ...
layers = ["LayerNormalization-apart"]                  # ... the cases of layers that are left out, or ...

[[difference.where]]                                   # ... the calls of ops that it is seen in
ops = ["average_pool"]                                 # "*": any op, of which `shown_by` is one
backends = ["jax"]                                     # all by default
among = ["cases"]                                      # the declared cases, the table of "dtypes", or the calls of
                                                       # "functions" that are no declared ops; all by default
cases = ["draw(2,3), strides=None"]                    # these cases alone, as a failure prints them
inputs = ["integers"]                                  # one of the tensors has such a dtype (see `CLASSES`)
only = ["integers", "bool"]                            # each of them has
what = "values"                                        # "dtype", "values", "refused": an error of ours, or
                                                       # "uncompared": Keras raises in each of the calls
becomes = { float64 = ["float32"] }                    # for "dtype": ours, and what Keras has in its place
sometimes = true                                       # on some processors alone, or by chance
```

It is strict both ways: a difference that no entry covers fails a test, and so does an entry that names an op of
which no call differs as it says.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import tomllib

FILE = pathlib.Path(__file__).with_name("differences.toml")
BACKENDS = ("numpy", "jax", "torch", "tensorflow")
AMONG = ("cases", "dtypes", "functions")
WHAT = ("dtype", "values", "refused", "uncompared")
CLASSES = {
    "bool": {"bool"},
    "integers": {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"},
    "unsigned integers": {"uint8", "uint16", "uint32", "uint64"},
    "16-bit floats": {"bfloat16", "float16"},
    "floats": {"bfloat16", "float16", "float32", "float64"},
    "complex": {"complex64", "complex128"},
    "64 bits": {"int64", "uint64", "float64", "complex128"},
    "Python numbers": {"python bool", "python int", "python float"},
}
"""Names for several dtypes at once."""


def expanded(names: tuple[str, ...]) -> frozenset[str]:
    """The dtypes that names of dtypes and of classes stand for."""
    return frozenset().union(*(CLASSES.get(name, {name}) for name in names))


@dataclasses.dataclass(frozen=True)
class Seen:
    """A difference that a test found.

    Args:
        op: The op's name.
        among: `"cases"`, `"dtypes"` or `"functions"`.
        case: The text of the case.
        inputs: The dtypes of its tensors.
        what: `"dtype"`, `"values"`, `"refused"` or `"uncompared"`.
        ours: The dtypes of our results.
        theirs: The dtypes of Keras's.
        message: What differs, for the reader of a failure.
    """

    op: str
    among: str
    case: str
    inputs: tuple[str, ...]
    what: str
    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()
    message: str = ""


@dataclasses.dataclass(frozen=True)
class Where:
    """Calls in which a difference is seen; see the text of this module."""

    ops: tuple[str, ...]
    what: str
    backends: tuple[str, ...] = BACKENDS
    among: tuple[str, ...] = AMONG
    cases: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    becomes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    shown_by: str = ""
    sometimes: bool = False

    def names(self, op: str) -> bool:
        """Whether calls of an op may differ so."""
        return op in self.ops or self.ops == ("*",)

    def claims(self, op: str) -> bool:
        """Whether some call of an op has to differ so."""
        return not self.sometimes and op in (self.ops if self.shown_by == "" else (self.shown_by,))

    def covers(self, seen: Seen, backend: str) -> bool:
        """Whether this is the difference that was seen."""
        return (
            self.names(seen.op)
            and backend in self.backends
            and seen.among in self.among
            and seen.what == self.what
            and (not self.cases or seen.case in self.cases)
            and (not self.inputs or not expanded(self.inputs).isdisjoint(seen.inputs))
            and (not self.only or expanded(self.only) >= set(seen.inputs))
            and self._becomes(seen)
        )

    def _becomes(self, seen: Seen) -> bool:
        if not self.becomes:
            return True
        table = dict(self.becomes)
        pairs = zip(seen.ours, seen.theirs, strict=False)
        return len(seen.ours) == len(seen.theirs) and all(a == b or b in table.get(a, ()) for a, b in pairs)


@dataclasses.dataclass(frozen=True)
class Difference:
    """One deliberate difference."""

    topic: str
    keras: str
    ours: str
    why: str
    where: tuple[Where, ...] = ()
    tests: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


def _where(row: dict) -> Where:
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    fields["becomes"] = tuple((a, tuple(b)) for a, b in row.get("becomes", {}).items())
    made = Where(**fields)
    for values, allowed in ((made.backends, BACKENDS), (made.among, AMONG), ((made.what,), WHAT)):
        if not set(values) <= set(allowed):
            raise ValueError(f"differences.toml: {row} has {values}, not of {allowed}")
    if (made.ops == ("*",)) != bool(made.shown_by):
        raise ValueError(f"differences.toml: {row}: `shown_by` goes with any op, and with that alone")
    return made


@functools.cache
def differences() -> tuple[Difference, ...]:
    """Every deliberate difference.

    Raises:
        ValueError: An entry is not as it should be.
    """
    found = []
    for row in tomllib.loads(FILE.read_text(encoding="utf-8"))["difference"]:
        where = tuple(_where(r) for r in row.pop("where", ()))
        lists = {name: tuple(row.get(name, ())) for name in ("tests", "layers")}
        entry = Difference(**{**row, "where": where, **lists})
        if not (entry.topic and entry.keras and entry.ours and entry.why and (where or entry.tests)):
            raise ValueError(f"differences.toml: {entry.topic!r} needs a topic, keras, ours, why, and where or tests")
        found.append(entry)
    return tuple(found)


def layers_left_out() -> frozenset[str]:
    """The cases of layers of which Keras has no result, or another one on purpose."""
    return frozenset(name for entry in differences() for name in entry.layers)


def rows(op: str, backend: str, among: str) -> list[Where]:
    """Where an op may differ on a backend."""
    every = (where for entry in differences() for where in entry.where)
    return [w for w in every if w.names(op) and backend in w.backends and among in w.among]


def judge(op: str, backend: str, among: str, seen: list[Seen]) -> list[str]:
    """What is wrong with the differences that were found for an op: nothing, if all of them are as the list says."""
    listed = rows(op, backend, among)
    wrong = []
    shown = set()
    for difference in seen:
        covering = [w for w in listed if w.covers(difference, backend)]
        shown.update(covering)
        if not covering:
            wrong.append(
                f"not in differences.toml: {difference.what} of ops.{op}{difference.inputs}\n{difference.message}"
            )
    wrong += [
        f"differences.toml says that ops.{op} differs on {backend}, but no call does as {w} says"
        for w in listed
        if w.claims(op) and w not in shown
    ]
    return wrong
