"""Reports as Markdown: for a repository, a pull request or a page of documentation."""

from __future__ import annotations

from collections.abc import Iterable

from multikeras_conformance.report.schema import ASPECTS, BEYOND, OpReport, Report

HEADINGS = {
    "values": "values",
    "special": "special values",
    "errors": "errors",
    "symbolic": "symbolic",
    "gradient": "gradient",
    "second_order": "second order",
    "compiled": "compiled",
    "vmap": "vmap",
    "drawn": "drawn",
}
"""What pages call each of `schema.ASPECTS`."""

SHORT = {
    "float32": "f32",
    "float64": "f64",
    "float16": "f16",
    "bfloat16": "bf16",
    "int32": "i32",
    "int64": "i64",
    "int8": "i8",
    "uint8": "u8",
    "bool": "b",
}
"""How the table of dtypes names them."""

WORST = 20
"""How many of the largest errors a page lists for each backend."""


def render(reports: list[Report]) -> str:
    """All reports on one page."""
    parts = ["# Conformance\n", _summary(reports)]
    failures = _failures(reports)
    if failures:
        parts += ["\n## Failures\n", failures]
    parts += ["\n## Ops\n", _legend(), _matrix(reports)]
    parts += ["\n## Largest errors\n", _worst(reports)]
    if any(report.gaps for report in reports):
        parts += ["\n## Known gaps\n", _gaps(reports)]
    parts += ["\n## Files\n", _files(reports)]
    return "\n".join(parts)


def rows_of(reports: list[Report]) -> list[tuple[str, list[OpReport | None]]]:
    """Each op by name, with what each report says of it."""
    tables = [{op.name: op for op in report.ops} for report in reports]
    names = list(dict.fromkeys(name for table in tables for name in table))
    return [(name, [table.get(name) for table in tables]) for name in names]


def worst_of(report: Report) -> list[OpReport]:
    """The ops with the largest errors, these first."""
    measured = [op for op in report.ops if op.worst is not None and op.worst.ulp > 0]
    return sorted(measured, key=lambda op: -op.worst.ulp if op.worst else 0.0)[:WORST]


def ulp_text(ulp: float) -> str:
    """An error as pages show it."""
    return "∞" if ulp >= BEYOND else f"{ulp:.3g}"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table, its cells free of what would end them."""
    cells = [[str(c).replace("|", "\\|").replace("\n", " ") for c in row] for row in rows]
    top = list(head)
    lines = [top, ["---"] * len(top), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _summary(reports: list[Report]) -> str:
    head = ["backend", "device", "tests", "passed", "failed", "gaps", "calls", "minutes", "versions", "made"]
    rows = [
        (
            r.backend,
            r.device,
            r.counts.tests,
            r.counts.passed,
            r.counts.failed,
            r.counts.gaps,
            r.calls,
            f"{r.seconds / 60:.1f}",
            ", ".join(f"{name} {version}" for name, version in r.versions.items()),
            r.made + ("" if r.whole else " (a part)") + (" (thorough)" if r.thorough else ""),
        )
        for r in reports
    ]
    return table(head, rows)


def _failures(reports: list[Report]) -> str:
    rows = []
    for r in reports:
        found = [f for op in r.ops for f in op.failures] + [f for file in r.files for f in file.failures]
        rows += [(r.backend, f"`{f.test}`", f.message.partition("\n")[0], f"`{f.repeat}`") for f in found]
    return table(["backend", "test", "message", "repeat"], rows) if rows else ""


def _legend() -> str:
    names = ", ".join(f"{short} {dtype}" for dtype, short in SHORT.items())
    return (
        "Of each backend: how it supplies the op, the dtypes that were compared, what its tests said (**∂** first and "
        "**∂²** second derivatives, **jit** compiled steps, **vmap**; ✓ all passed, ✗ one failed, ◐ a known gap, "
        "⊘ refused), and the largest error in ulp.\n\n"
        f"Dtypes: {names}.\n"
    )


def _matrix(reports: list[Report]) -> str:
    rows = []
    for name, found in rows_of(reports):
        rows.append([f"`{name}`", *(_cell(op) for op in found)])
    return table(["op", *(r.backend for r in reports)], rows)


SIGNS = {"yes": "✓", "no": "✗", "gap": "◐", "refused": "⊘", "-": ""}


def _cell(op: OpReport | None) -> str:
    if op is None:
        return ""
    if op.supplied == "refused":
        return f"refused: {op.because}"
    dtypes = " ".join(short for dtype, short in SHORT.items() if dtype in op.dtypes)
    derived = {"∂": op.gradient, "∂²": op.second_order, "jit": op.compiled, "vmap": op.vmap}
    signs = " ".join(f"{sign}{SIGNS[verdict]}" for sign, verdict in derived.items() if verdict != "-")
    others = [HEADINGS[a] for a in ASPECTS if getattr(op, a) == "no"]
    parts = [op.supplied, dtypes, signs, *(f"**{what} failed**" for what in others)]
    if op.worst is not None:
        parts.append(f"{ulp_text(op.worst.ulp)} ulp")
    return ", ".join(part for part in parts if part)


def _worst(reports: list[Report]) -> str:
    rows = []
    for r in reports:
        for op in worst_of(r):
            assert op.worst is not None
            rows.append((r.backend, f"`{op.worst.call}`", ulp_text(op.worst.ulp), f"`{op.worst.repeat}`"))
    return table(["backend", "call", "ulp", "repeat"], rows)


def _gaps(reports: list[Report]) -> str:
    rows = [
        (r.backend, f"`{g.test}`", g.kind, g.tests, f"{g.reason} {g.link}".strip()) for r in reports for g in r.gaps
    ]
    return table(["backend", "test", "kind", "tests", "reason"], rows)


def _files(reports: list[Report]) -> str:
    names = sorted({file.name for r in reports for file in r.files})
    rows = []
    for name in names:
        cells = []
        for r in reports:
            file = next((f for f in r.files if f.name == name), None)
            cells.append("" if file is None else f"{file.counts.passed}/{file.counts.tests}, {file.seconds:.1f} s")
        rows.append([f"`{name}`", *cells])
    return table(["file", *(r.backend for r in reports)], rows)
