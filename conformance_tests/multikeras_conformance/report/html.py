"""Reports as one HTML page that needs nothing else: a matrix op x backend, the worst cases, timings and gaps."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable
from html import escape

from multikeras_conformance.report.markdown import HEADINGS, rows_of, ulp_text, worst_of
from multikeras_conformance.report.schema import ASPECTS, Counts, Failure, OpReport, Report

MARKS = {"yes": "yes", "no": "no", "gap": "gap", "refused": "refused-mark", "-": "none"}
MEANINGS = {"yes": "all passed", "no": "failed", "gap": "known gap", "refused": "refused", "-": "nothing to test"}

SLOWEST = 20
"""How many of the slowest ops are listed for each backend."""


def render(reports: list[Report]) -> str:
    """The page."""
    names = " · ".join(report.backend for report in reports)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Conformance: {escape(names)}</title>
<style>
{_file("page.css")}</style>
</head>
<body>
<h1>Conformance</h1>
<div class="cards">{"".join(_card(report) for report in reports)}</div>
{_failures(reports)}
<h2>Ops</h2>
{_legend()}
{_controls()}
<div class="scroll">{_matrix(reports)}</div>
<h2>Largest errors</h2>
<div class="scroll">{_worst(reports)}</div>
<h2>Slowest ops</h2>
<div class="scroll">{_slowest(reports)}</div>
{_gaps(reports)}
<h2>Files of tests</h2>
<div class="scroll">{_files(reports)}</div>
<script>
{_file("page.js")}</script>
</body>
</html>
"""


def _file(name: str) -> str:
    return (importlib.resources.files("multikeras_conformance.report") / name).read_text(encoding="utf-8")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are HTML already."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    lines = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead>\n<tbody>{lines}</tbody></table>"


def _code(text: str) -> str:
    return f'<code class="wrap">{escape(text)}</code>'


def _card(report: Report) -> str:
    counts = report.counts
    state = f"{counts.failed} of {counts.tests} failed" if counts.failed else f"{counts.passed} passed"
    supplied = [sum(op.supplied == kind for op in report.ops) for kind in ("native", "composite", "refused", "missing")]
    notes = [
        f"{counts.tests} tests, {counts.gaps} known gaps, {counts.skipped} skipped",
        f"{report.calls} calls of ops compared",
        "ops: " + ", ".join(f"{n} {w}" for n, w in zip(supplied, ("native", "composite", "refused", "missing")) if n),
        f"{report.seconds / 60:.1f} minutes, {report.workers} process{'es' if report.workers > 1 else ''}",
        ", ".join(f"{name} {version}" for name, version in report.versions.items()),
        report.platform,
        report.made + ("" if report.whole else ", a part of the suite") + (", thorough" if report.thorough else ""),
    ]
    text = "".join(f'<div class="quiet">{escape(note)}</div>' for note in notes if note)
    return (
        f'<div class="card{" bad" if counts.failed else ""}"><h3>{escape(report.backend)} '
        f'<span class="quiet">on {escape(report.device)}</span></h3>'
        f'<div class="big">{escape(state)}</div>{_bar(counts)}{text}</div>'
    )


def _bar(counts: Counts) -> str:
    total = max(counts.tests, 1)
    parts = (("yes", counts.passed), ("gap", counts.gaps), ("no", counts.failed))
    widths = "".join(f'<i class="{kind}" style="flex-basis:{100 * n / total:.3f}%"></i>' for kind, n in parts)
    return f'<div class="bar">{widths}</div>'


def _failures(reports: list[Report]) -> str:
    rows = []
    for report in reports:
        found = [f for op in report.ops for f in op.failures] + [f for file in report.files for f in file.failures]
        rows += [(escape(report.backend), *_failure(f)) for f in found]
    if not rows:
        return ""
    head = ("backend", "test", "message", "repeat")
    return f'<h2 class="failure">Failures</h2><div class="scroll">{_table(head, rows)}</div>'


def _failure(failure: Failure) -> tuple[str, str, str]:
    return _code(failure.test), _code(failure.message[:400]), _code(failure.repeat)


def _legend() -> str:
    marks = "".join(f'<span><i class="{MARKS[v]}"></i>{text}</span>' for v, text in MEANINGS.items())
    order = ", ".join(HEADINGS[aspect] for aspect in ASPECTS)
    return (
        f'<div class="legend">{marks}</div><p class="quiet">Each backend: how it supplies the op; one square each for '
        f"{order}; the largest error in ulp of the result's dtype. A row opens at a click.</p>"
    )


def _controls() -> str:
    show = (
        ("", "all ops"),
        ("is:failed", "with failures"),
        ("is:gap", "with known gaps"),
        ("is:refused", "refused somewhere"),
        ("is:composite", "composite somewhere"),
        ("is:primitive", "primitives"),
    )
    order = (("", "as declared"), ("name", "by name"), ("worst", "by largest error"), ("seconds", "by time"))
    return (
        '<div class="controls"><input type="search" id="search" placeholder="filter by name, dtype, backend … ( / )" '
        'aria-label="filter">'
        f'<select id="show" aria-label="show">{_options(show)}</select>'
        f'<select id="order" aria-label="order">{_options(order)}</select><span class="quiet" id="shown"></span></div>'
    )


def _options(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<option value="{value}">{text}</option>' for value, text in pairs)


def _matrix(reports: list[Report]) -> str:
    head = "".join(f"<th>{escape(report.backend)}</th>" for report in reports)
    lines = []
    for name, found in rows_of(reports):
        cells = "".join(f'<td class="cell">{_cell(op)}</td>' for op in found)
        worst = max((op.worst.ulp for op in found if op is not None and op.worst is not None), default=-1.0)
        seconds = sum(op.seconds for op in found if op is not None)
        lines.append(
            f'<tr class="op" tabindex="0" aria-expanded="false" data-name="{escape(name)}" '
            f'data-words="{escape(_words(name, found))}" data-worst="{worst}" data-seconds="{seconds:.3f}">'
            f"<td><code>{escape(name)}</code></td>{cells}</tr>\n"
            f'<tr class="detail" hidden><td colspan="{len(reports) + 1}">{_detail(reports, found)}</td></tr>'
        )
    body = "\n".join(lines)
    return f'<table class="matrix"><thead><tr><th>op</th>{head}</tr></thead>\n<tbody>{body}</tbody></table>'


def _words(name: str, found: list[OpReport | None]) -> str:
    """What the filter looks in."""
    words = {name.lower()}
    for op in found:
        if op is None:
            continue
        words |= {f"is:{op.supplied}", *op.dtypes_wrong}
        words |= {"is:failed"} if op.counts.failed else set()
        words |= {"is:gap"} if op.counts.gaps else set()
        words |= {"is:primitive"} if op.primitive else set()
        words |= {f"no:{HEADINGS[a].replace(' ', '-')}" for a in ASPECTS if getattr(op, a) == "-"}
    return " ".join(sorted(words))


def _cell(op: OpReport | None) -> str:
    if op is None:
        return ""
    marks = "".join(
        f'<i class="{MARKS[getattr(op, a)]}" title="{HEADINGS[a]}: {MEANINGS[getattr(op, a)]}"></i>' for a in ASPECTS
    )
    ulp = "" if op.worst is None else ulp_text(op.worst.ulp)
    return (
        f'<span class="kind {escape(op.supplied)}">{escape(op.supplied)}</span><span class="marks">{marks}</span>'
        f'<span class="ulp">{ulp}</span>'
    )


def _detail(reports: list[Report], found: list[OpReport | None]) -> str:
    summary = next((op.summary for op in found if op is not None and op.summary), "")
    columns = "".join(_column(r.backend, op) for r, op in zip(reports, found, strict=True) if op is not None)
    return f'<div class="quiet">{escape(summary)}</div><div class="columns">{columns}</div>'


def _column(backend: str, op: OpReport) -> str:
    lists = (
        ("dtypes", op.dtypes),
        ("wrong in", op.dtypes_wrong),
        ("gaps in", op.dtypes_gap),
        ("refuses", op.dtypes_refused),
        ("lacking", op.dtypes_lacking),
    )
    pairs = [("supplied", escape(op.supplied + (f": {op.because}" if op.because else "")))]
    pairs += [(what, escape(", ".join(dtypes))) for what, dtypes in lists if dtypes]
    for aspect in ASPECTS:
        verdict = getattr(op, aspect)
        if verdict != "-":
            seconds = op.seconds_by_aspect.get(aspect, 0.0)
            pairs.append((HEADINGS[aspect], f"{MEANINGS[verdict]} <span class=quiet>{seconds:.2f} s</span>"))
    pairs.append(("tests", f"{op.counts.passed} of {op.counts.tests} passed"))
    if op.worst is not None:
        pairs.append(("largest error", f"{ulp_text(op.worst.ulp)} ulp of {op.worst.dtype}, {_code(op.worst.call)}"))
        pairs.append(("repeat", _code(op.worst.repeat)))
    for failure in op.failures:
        pairs.append(("failed", f'<span class="failure">{_code(failure.message[:600])}</span>'))
        pairs.append(("repeat", _code(failure.repeat)))
    text = "".join(f"<dt>{what}</dt><dd>{value}</dd>" for what, value in pairs)
    return f"<div><b>{escape(backend)}</b><dl>{text}</dl></div>"


def _worst(reports: list[Report]) -> str:
    rows = [
        (escape(r.backend), _code(op.worst.call), ulp_text(op.worst.ulp), op.worst.aspect, _code(op.worst.repeat))
        for r in reports
        for op in worst_of(r)
        if op.worst is not None
    ]
    return _table(("backend", "call", "ulp", "in", "repeat"), rows)


def _slowest(reports: list[Report]) -> str:
    rows = []
    for r in reports:
        for op in sorted(r.ops, key=lambda op: -op.seconds)[:SLOWEST]:
            parts = sorted(op.seconds_by_aspect.items(), key=lambda pair: -pair[1])
            text = ", ".join(f"{HEADINGS[a]} {s:.2f}" for a, s in parts if s >= 0.005)
            rows.append((escape(r.backend), _code(op.name), f"{op.seconds:.2f}", str(op.counts.tests), escape(text)))
    return _table(("backend", "op", "seconds", "tests", "of which"), rows)


def _gaps(reports: list[Report]) -> str:
    rows = []
    for r in reports:
        for gap in r.gaps:
            link = f' <a href="{escape(gap.link)}">{escape(gap.link)}</a>' if gap.link else ""
            rows.append((escape(r.backend), _code(gap.test), gap.kind, str(gap.tests), escape(gap.reason) + link))
    if not rows:
        return ""
    return (
        f'<h2>Known gaps</h2><div class="scroll">{_table(("backend", "test", "kind", "tests", "reason"), rows)}</div>'
    )


def _files(reports: list[Report]) -> str:
    rows = []
    for name in sorted({file.name for r in reports for file in r.files}):
        cells = []
        for r in reports:
            file = next((f for f in r.files if f.name == name), None)
            cells.append("" if file is None else f"{file.counts.passed} of {file.counts.tests} in {file.seconds:.1f} s")
        rows.append([_code(name), *cells])
    return _table(("file", *(escape(r.backend) for r in reports)), rows)
