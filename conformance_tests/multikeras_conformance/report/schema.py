"""What a report holds. This is the one place that says so: the JSON file is these dataclasses, field by field.

Whoever reads such a file needs nothing else, least of all a framework:

```python
from multikeras_conformance.report import schema

report = schema.load("reports/torch.json")
for op in report.ops:
    print(op.name, op.supplied, op.dtypes, op.gradient, op.compiled, op.worst and op.worst.ulp)
```

`SCHEMA` grows by one whenever a field changes its meaning or goes away; new fields with defaults leave it as it is, and
unknown ones are ignored by `load`.

A *verdict* says what became of the tests of one aspect of an op: `"yes"` (there are tests and all passed), `"no"` (one
failed), `"gap"` (one is a known gap of the backend and the others passed), `"refused"` (the backend says that it
cannot, as it may), `"-"` (there was nothing to test: the aspect does not apply, or the run left its tests out).

An *ulp* is here the distance of neighbouring floats of the result's dtype at 1, times the expected value where that is
beyond 1: the unit in which the suite allows errors (see `multikeras.testing.assert_close`). Complex results count in
the unit of their parts.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import types
import typing
from typing import Any

SCHEMA = 1
"""The version of what follows."""

BEYOND = 1e30
"""The error where one of two values is finite and the other is not, which JSON has no number for."""

ASPECTS = ("values", "special", "errors", "symbolic", "gradient", "second_order", "compiled", "vmap", "drawn")
"""The aspects of an op, in the order of the pages: each has a verdict of that name in `OpReport`."""


@dataclasses.dataclass
class Worst:
    """The largest error that was measured for an op, whether or not it was allowed.

    Args:
        ulp: The error; `BEYOND` where one of the two values is finite and the other is not.
        dtype: The dtype of the result.
        call: The call, as `ops.NAME(arguments) in DTYPE`.
        aspect: Which of `ASPECTS` measured it.
        repeat: The command that repeats the test.
    """

    ulp: float
    dtype: str
    call: str
    aspect: str
    repeat: str


@dataclasses.dataclass
class Failure:
    """A test that failed.

    Args:
        test: Its name, as `FILE::FUNCTION[PARAMETERS]`.
        message: Why, the last lines of it.
        repeat: The command that repeats the test.
    """

    test: str
    message: str
    repeat: str


@dataclasses.dataclass
class Counts:
    """Numbers of tests.

    Args:
        tests: All that ran.
        passed: Those that passed.
        failed: Those that failed, an unexpected success being a failure too.
        gaps: Those that failed as a known gap of the backend says.
        skipped: Those that did not run.
    """

    tests: int = 0
    passed: int = 0
    failed: int = 0
    gaps: int = 0
    skipped: int = 0


@dataclasses.dataclass
class OpReport:
    """One op.

    Args:
        name: Its name below `multikeras.ops`, such as `"add"` or `"image.resize"`; samplers begin with `"random."`.
        summary: The first sentence of its documentation.
        supplied: `"native"` (a kernel of the backend), `"composite"` (its body, in other ops), `"refused"`, or
            `"missing"`.
        because: Why it is refused.
        primitive: Whether every backend has to supply it.
        differentiable: Whether it is declared to have gradients.
        dtypes: The dtypes in which its values were compared and right: those of its drawn arguments.
        dtypes_wrong: Those in which a comparison failed.
        dtypes_gap: Those in which one failed as a known gap says.
        dtypes_refused: Those that the op itself does not take, with the same error on every backend.
        dtypes_lacking: Those that the backend does not have, which it says.
        values: A verdict: values, shapes and dtypes of eager calls, and inputs left as they were.
        special: A verdict: zeros of both signs, infinities, nan, subnormals and the limits of dtypes.
        errors: A verdict: bad arguments raise the error of the op's rule.
        symbolic: A verdict: calls on symbolic tensors, with unknown sizes too.
        gradient: A verdict: first derivatives.
        second_order: A verdict: derivatives of those.
        compiled: A verdict: calls inside a compiled step.
        vmap: A verdict: calls under `ops.vectorized_map`.
        drawn: A verdict: calls that the thorough mode drew.
        counts: How many tests of the op there were.
        seconds: The time that those took.
        seconds_by_aspect: The same, by aspect.
        worst: The largest error; `None` where no floats were compared.
        failures: What failed.
    """

    name: str
    summary: str = ""
    supplied: str = ""
    because: str = ""
    primitive: bool = False
    differentiable: bool = False
    dtypes: list[str] = dataclasses.field(default_factory=list)
    dtypes_wrong: list[str] = dataclasses.field(default_factory=list)
    dtypes_gap: list[str] = dataclasses.field(default_factory=list)
    dtypes_refused: list[str] = dataclasses.field(default_factory=list)
    dtypes_lacking: list[str] = dataclasses.field(default_factory=list)
    values: str = "-"
    special: str = "-"
    errors: str = "-"
    symbolic: str = "-"
    gradient: str = "-"
    second_order: str = "-"
    compiled: str = "-"
    vmap: str = "-"
    drawn: str = "-"
    counts: Counts = dataclasses.field(default_factory=Counts)
    seconds: float = 0.0
    seconds_by_aspect: dict[str, float] = dataclasses.field(default_factory=dict)
    worst: Worst | None = None
    failures: list[Failure] = dataclasses.field(default_factory=list)

    @property
    def verdict(self) -> str:
        """The worst of its verdicts."""
        found = [getattr(self, aspect) for aspect in ASPECTS]
        return next((v for v in ("no", "gap", "yes") if v in found), "-")


@dataclasses.dataclass
class FileReport:
    """One file of tests, those of ops among them.

    Args:
        name: Its name, as `test_layers.py`.
        counts: How many tests there were.
        seconds: The time that they took.
        failures: What failed; failures of an op's tests stand at the op.
    """

    name: str
    counts: Counts = dataclasses.field(default_factory=Counts)
    seconds: float = 0.0
    failures: list[Failure] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class GapReport:
    """One known gap of the backend, an entry of its `gaps.toml`.

    Args:
        test: The test, or a pattern.
        kind: `"todo"`, `"upstream"` or `"never"`.
        reason: Why.
        link: Where it is reported.
        tests: How many tests of the run it covers.
    """

    test: str
    kind: str
    reason: str
    link: str = ""
    tests: int = 0


@dataclasses.dataclass
class Report:
    """One run of the suite on one backend.

    Args:
        schema: The version of these fields, `SCHEMA`.
        backend: The backend's name.
        device: The device that everything ran on, such as `"cpu"` or `"gpu:0"`.
        devices: Those at hand.
        made: When the run ended, in ISO 8601, UTC.
        seconds: How long it took, by the clock.
        workers: The number of processes.
        whole: Whether all files ran without a choice among their tests.
        thorough: Whether arguments were drawn too.
        platform: Machine and system.
        versions: Versions of Python, multikeras, NumPy and of the backend's framework, by name.
        capabilities: What the backend is able to do, in words.
        counts: How many tests there were.
        calls: How many calls of ops were compared: op x case x dtype.
        gaps: The backend's known gaps.
        ops: The ops, in the order of their declaration.
        files: The files of tests.
    """

    schema: int
    backend: str
    device: str = ""
    devices: list[str] = dataclasses.field(default_factory=list)
    made: str = ""
    seconds: float = 0.0
    workers: int = 1
    whole: bool = True
    thorough: bool = False
    platform: str = ""
    versions: dict[str, str] = dataclasses.field(default_factory=dict)
    capabilities: list[str] = dataclasses.field(default_factory=list)
    counts: Counts = dataclasses.field(default_factory=Counts)
    calls: int = 0
    gaps: list[GapReport] = dataclasses.field(default_factory=list)
    ops: list[OpReport] = dataclasses.field(default_factory=list)
    files: list[FileReport] = dataclasses.field(default_factory=list)


class SchemaError(ValueError):
    """A file is no report, or one of another version."""


def save(report: Report, path: str | pathlib.Path) -> None:
    """Write a report as JSON."""
    text = json.dumps(dataclasses.asdict(report), indent=1, ensure_ascii=False, allow_nan=False)
    pathlib.Path(path).write_text(text + "\n", encoding="utf-8")


def load(path: str | pathlib.Path) -> Report:
    """The report in a file.

    Raises:
        SchemaError: It holds none, or one of another version.
    """
    try:
        found = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        version = found["schema"]
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaError(f"{path} holds no report of the conformance suite.") from error
    if version != SCHEMA:
        raise SchemaError(f"{path} has version {version} of the report; this is version {SCHEMA}: run the suite again.")
    return _made(Report, found)


def load_all(folder: str | pathlib.Path) -> list[Report]:
    """The reports in a folder, by name of the backend.

    Raises:
        SchemaError: There are none, or one is of another version.
    """
    files = sorted(pathlib.Path(folder).glob("*.json"))
    if not files:
        raise SchemaError(f"{folder} has no *.json: pytest ... --mk-report={folder} writes one.")
    return [load(file) for file in files]


def _made(kind: Any, value: Any) -> Any:
    """A dataclass, or a list of them, from what JSON has in its place."""
    if value is None:
        return None
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _made(hints[name], v) for name, v in value.items() if name in hints})  # type: ignore[operator]
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is list:
        return [_made(arguments[0], v) for v in value]
    if typing.get_origin(kind) is types.UnionType:
        return _made(next(a for a in arguments if a is not type(None)), value)
    return value
