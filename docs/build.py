"""The reference: one Markdown page for each op and an index by subject, from the declarations.

    python3 run.py python docs/build.py OUT             write OUT/ops/*.md
    python3 run.py python docs/build.py --support REPORTS   write docs/support.md from the reports of the suite

Nothing on a page is written by hand: signature and text are the op's own, dtypes are what its rule says, results are
those of its declared cases on NumPy. A public op without a text, a summary, cases or a page ends the run with an error.
Reports are made by `pytest --pyargs multikeras_conformance --mk-backend=NAME --mk-report=REPORTS`.
"""

from __future__ import annotations

import argparse
import inspect
import pathlib
import sys
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "backends"), str(ROOT / "conformance_tests")]

import numpy as np  # noqa: E402
from multikeras_conformance import calls  # noqa: E402
from multikeras_conformance.report import schema  # noqa: E402
from parity.differences import Difference, differences  # noqa: E402

import multikeras  # noqa: E402
from multikeras.backend import registry  # noqa: E402
from multikeras.backend.contract import Backend  # noqa: E402
from multikeras.errors import BackendError, MultikerasError  # noqa: E402
from multikeras.ops._op import DECLARED, Op  # noqa: E402

DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("bfloat16", "float16", "float32", "float64", "complex64", "complex128"),
)
SHOWN = 4
SECTIONS = ("Args", "Returns", "Raises", "Source")
VERDICTS = {"yes": "yes", "no": "**no**", "gap": "gap", "refused": "refused", "-": "-"}


class MissingError(Exception):
    """Something that a page needs is not there."""


def main(arguments: list[str]) -> int:
    """The exit status of the command in `arguments`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?", help="the folder for the pages")
    parser.add_argument("--support", metavar="REPORTS", help="a folder of reports, to make docs/support.md of")
    given = parser.parse_args(arguments)
    if not given.out and not given.support:
        parser.print_usage()
        return 2
    try:
        if given.out:
            print(f"{build(pathlib.Path(given.out))} pages in {given.out}")
        if given.support:
            (ROOT / "docs" / "support.md").write_text(support(schema.load_all(given.support)), encoding="utf-8")
    except (MissingError, schema.SchemaError) as error:
        print(f"docs/build.py: {error}", file=sys.stderr)
        return 1
    return 0


# -- Pages ----------------------------------------------------------------------------------------------------


def build(out: pathlib.Path) -> int:
    """Write the pages. The number of them.

    Raises:
        MissingError: An op has no text, no cases, or a case that fails.
    """
    multikeras.set_backend("numpy")
    folder = out / "ops"
    folder.mkdir(parents=True, exist_ok=True)
    backends = [found for name in registry.entry_points() if (found := _loaded(name)) is not None]
    ops = sorted(DECLARED.values(), key=lambda op: op.name)
    with np.errstate(all="ignore"):
        for op in ops:
            (folder / f"{op.name}.md").write_text(page(op, backends), encoding="utf-8")
    (folder / "README.md").write_text(index(ops), encoding="utf-8")
    return len(ops)


def _loaded(name: str) -> Backend | None:
    try:
        return registry.load(name)
    except BackendError:
        # Without its framework.
        return None


def page(op: Op, backends: list[Backend]) -> str:
    """The page of one op."""
    text = inspect.getdoc(op.function)
    if not text:
        raise MissingError(f"ops.{op.name} has no docstring")
    if not op.cases and op.reference is not None:
        raise MissingError(f"ops.{op.name} has no cases")
    parts = [
        f"# {op.name}",
        f"```python\n{_path(op)}{_signature(op)}\n```",
        _marked(text),
        "## Dtypes",
        _dtypes(op),
        f"Gradients: {_gradient(op)}. {'Composite of other ops.' if op.body is not None else 'Primitive.'}",
        "## Backends",
        _backends(op, backends),
    ]
    samples = _samples(op)
    if samples:
        parts += ["## Results", samples]
    notes = [entry for entry in differences() if any(op.name in where.ops for where in entry.where)]
    if notes:
        parts += ["## Other than in Keras", "\n".join(map(_note, notes))]
    return "\n\n".join(parts) + "\n"


def _marked(text: str) -> str:
    """A docstring as Markdown: its sections as lists."""
    lines: list[str] = []
    inside = code = False
    for line in text.splitlines():
        code ^= line.startswith("```")
        if not code and line.rstrip(":") in SECTIONS and line.endswith(":"):
            lines += [f"**{line.rstrip(':')}**", ""]
            inside = True
        elif inside and line.startswith("    "):
            # A name, or more of what was said of the last.
            lines.append(f"  {line.strip()}" if line.startswith("     ") else f"- {line.strip()}")
        else:
            inside = inside and not line
            lines.append(line)
    return "\n".join(lines)


def _path(op: Op) -> str:
    return f"multikeras.{op.name}" if op.name.startswith("random.") else f"multikeras.ops.{op.name}"


def _signature(op: Op) -> str:
    shown = [p.replace(annotation=inspect.Parameter.empty) for p in op.signature.parameters.values()]
    return str(op.signature.replace(parameters=shown, return_annotation=inspect.Signature.empty))


def _note(entry: Difference) -> str:
    return f"- **{entry.topic}.** {entry.ours} {entry.why} (Keras: {entry.keras})"


def _gradient(op: Op) -> str:
    if isinstance(op.differentiable, bool):
        return "through every tensor of floats" if op.differentiable else "none"
    return "through " + ", ".join(f"`{name}`" for name in op.differentiable)


def _dtypes(op: Op) -> str:
    """What the rule says of the first plain case, dtype by dtype."""
    number = next((n for n, c in enumerate(op.cases) if c.raises is None and c.dtypes is None), None)
    if number is None or not op.tensor_parameters:
        return "The result's dtype does not depend on tensors."
    lines = ["| tensors | result |", "|---|---|"]
    for dtype in DTYPES:
        call = calls.Call(op, number, dtype)
        rule = calls.rule_of(call, call.values())
        said = str(rule).splitlines()[0] if isinstance(rule, MultikerasError) else _specs(rule)
        lines.append(f"| {dtype} | {said} |")
    common = {None: "", "promote": "their common dtype", "number": "their common dtype, int32 for bool"}
    taken = common.get(op.cast, "their common dtype, made floating")
    which = ", ".join(f"`{p.name}`" for p in op.cast_parameters)
    return "\n".join(lines) + (f"\n\nThe kernel gets {which} in {taken}." if taken else "")


def _specs(rule: Any) -> str:
    return ", ".join(spec.dtype for spec in calls.leaves(rule) if hasattr(spec, "dtype")) or "-"


def _backends(op: Op, backends: list[Backend]) -> str:
    lines = ["| backend | supplied | by |", "|---|---|---|"]
    for backend in backends:
        kind = backend.ops.kind(op)
        by = backend.ops.refused.get(op.name, "") if kind == "refused" else ""
        if kind == "native":
            by = _native_name(backend.ops.native[op.name])
        lines.append(f"| {backend.name} | {kind} | {by} |")
    return "\n".join(lines)


def _native_name(function: Any) -> str:
    """The name of a framework's function where it is a plain row of the table."""
    module = getattr(function, "__module__", None) or type(function).__module__
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", "")
    if module.startswith("multikeras") or not name or "<" in name:
        return "code of the adapter"
    return f"`{module}.{name}`"


def _samples(op: Op) -> str:
    """Some declared cases with what they give on NumPy, and one error."""
    shown: list[str] = []
    errors: list[str] = []
    for number, case in enumerate(op.cases):
        call = calls.Call(op, number, (case.dtypes or ("float32",))[0])
        if len(shown) >= SHOWN and (errors or case.raises is None):
            continue
        if case.raises is None:
            shown.append(_sample(call))
        elif not errors:
            errors.append(_sample(call))
    return "\n\n".join([*shown[:SHOWN], *errors])


def _sample(call: calls.Call) -> str:
    values = call.values()
    bound = zip(call.op.parameters, values, strict=True)
    given = ", ".join(f"{p.name}={_shown(value)}" for p, value in bound if value is not p.default)
    try:
        result = "\n".join(_shown(x) for x in calls.leaves(calls.run(call, values)))
    except MultikerasError as error:
        if call.case.raises is None and not isinstance(calls.rule_of(call, values), MultikerasError):
            raise MissingError(f"a case of ops.{call.op.name} fails: {call.case}") from error
        result = f"{type(error).__name__}: {error}"
    return f"```text\n{call.op.name}({given})\n{result}\n```"


def _shown(value: Any) -> str:
    if isinstance(value, (np.ndarray, np.generic)):
        if value.size > 12:
            return f"{value.dtype.name}{value.shape}"
        return f"{value.dtype.name} {np.array2string(np.asarray(value), precision=6, separator=', ')}".replace("\n", "")
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    if inspect.isfunction(value):
        return value.__name__.strip("_<>")
    return repr(value)


def index(ops: list[Op]) -> str:
    """All ops by subject: the modules that declare them."""
    subjects: dict[str, list[Op]] = {}
    for op in ops:
        subjects.setdefault(op.function.__module__, []).append(op)
    lines = ["# Ops by subject", "", f"{len(ops)} ops, each declared once."]
    for module in sorted(subjects):
        summary = (inspect.getdoc(sys.modules[module]) or "").splitlines()
        if not summary:
            raise MissingError(f"{module} has no docstring")
        lines += ["", f"## {module.removeprefix('multikeras.')}", "", summary[0], ""]
        for op in subjects[module]:
            first = (inspect.getdoc(op.function) or "").splitlines()[0]
            lines.append(f"- [{op.name}]({op.name}.md): {first}")
    return "\n".join(lines) + "\n"


# -- Support --------------------------------------------------------------------------------------------------


def support(reports: list[schema.Report]) -> str:
    """The table op x backend of `docs/support.md`."""
    lines = [
        "# Which backend supports which op, and how",
        "",
        "Made by `docs/build.py --support` from reports of the suite's tests of ops on each backend:",
        "",
        "| backend | device | versions | tests of ops | failed | known gaps | calls compared | made |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for report in reports:
        versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
        numbers = f"{report.counts.tests:,} | {report.counts.failed} | {report.counts.gaps} | {report.calls:,}"
        lines.append(f"| {report.backend} | {report.device} | {versions} | {numbers} | {report.made[:10]} |")
    lines += [
        "",
        "Of each op: how it is supplied (`native`: the backend's kernels; `composite`: in other ops; `refused`), the",
        "number of dtypes whose values were compared and right, whether the tests of gradients (`g`) and of compiled",
        "calls (`c`) passed, and the largest error in ulp (of the result's dtype, at 1 or at the value if that is",
        'beyond; "inf": one of two values beyond the dtype\'s range was finite). `!` marks a test that failed.',
        "",
        f"| op | {' | '.join(report.backend for report in reports)} |",
        f"|---|{'---|' * len(reports)}",
    ]
    by = [{op.name: op for op in report.ops} for report in reports]
    for name in sorted({name for ops in by for name in ops}):
        cells = [_cell(ops.get(name)) for ops in by]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(op: schema.OpReport | None) -> str:
    if op is None:
        return "-"
    if op.supplied == "refused":
        return f"refused: {op.because}"
    parts = [op.supplied]
    if op.dtypes:
        parts.append(f"{len(op.dtypes)} dtypes")
    passed = "".join(letter for letter, verdict in (("g", op.gradient), ("c", op.compiled)) if verdict == "yes")
    failed = "!" if op.verdict == "no" else ""
    parts += [passed + failed] if passed or failed else []
    if op.worst is not None:
        parts.append("inf" if op.worst.ulp >= schema.BEYOND else f"{op.worst.ulp:.2g} ulp")
    return ", ".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
