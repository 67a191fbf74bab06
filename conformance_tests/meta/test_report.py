"""The report of a run: what is written, read again and rendered."""

from __future__ import annotations

import html.parser
import json
import os
import pathlib
import subprocess
import sys

import pytest
from multikeras_conformance.report import __main__ as command
from multikeras_conformance.report import html as html_page
from multikeras_conformance.report import markdown, schema
from multikeras_conformance.report.schema import Counts, Failure, FileReport, GapReport, OpReport, Report, Worst


def _report(backend: str = "some") -> Report:
    repeat = f"pytest --pyargs multikeras_conformance --mk-backend={backend} -k 'add-0-float32'"
    op = OpReport(
        "add",
        "The sum `a + b` <of> both.",
        "native",
        dtypes=["float32", "int32"],
        dtypes_wrong=["bfloat16"],
        values="no",
        gradient="yes",
        compiled="refused",
        vmap="gap",
        counts=Counts(4, 2, 1, 1),
        seconds_by_aspect={"values": 0.25},
        worst=Worst(schema.BEYOND, "float32", "ops.add(draw(2), [1 | 2])", "values", repeat),
        failures=[Failure("test_ops_values.py::test_it[add-0-bfloat16]", "AssertionError: a < b & c\nmore", repeat)],
    )
    return Report(
        schema=schema.SCHEMA,
        backend=backend,
        device="cpu",
        versions={"python": "3.11.0"},
        counts=Counts(5, 3, 1, 1),
        gaps=[GapReport("test_ops_vmap.py::*", "upstream", "no rule", "https://example.org/1", 1)],
        ops=[op, OpReport("neither", supplied="refused", because="it cannot")],
        files=[FileReport("test_layers.py", Counts(1, 1))],
    )


def test_report_survives_its_file(tmp_path: pathlib.Path) -> None:
    """Every field, nested ones too; the file is JSON in the strict sense."""
    schema.save(_report(), tmp_path / "some.json")
    assert schema.load(tmp_path / "some.json") == _report()
    json.loads((tmp_path / "some.json").read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(name))


def test_other_files_and_versions_are_refused(tmp_path: pathlib.Path) -> None:
    """With what to do about it."""
    with pytest.raises(schema.SchemaError, match="--mk-report"):
        schema.load_all(tmp_path)
    (tmp_path / "a.json").write_text("[1]")
    with pytest.raises(schema.SchemaError, match="holds no report"):
        schema.load_all(tmp_path)
    (tmp_path / "a.json").write_text('{"schema": 0}')
    with pytest.raises(schema.SchemaError, match="run the suite again"):
        schema.load_all(tmp_path)


class _Page(html.parser.HTMLParser):
    """What a page refers to, and whether its elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "src" in given or tag == "link":
            self.loaded.append(tag)
        if tag not in ("meta", "input", "link", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_page_is_whole_and_loads_nothing() -> None:
    """Every backend, op, failure and gap is on it, and what would be markup is text."""
    page = _Page(html_page.render([_report(), _report("other")]))
    assert not page.open
    assert not page.loaded
    for text in ("add", "The sum `a + b` <of> both.", "a < b & c", "other", "it cannot", "no rule", "test_layers.py"):
        assert text in page.text
    assert "@import" not in page.text
    assert "url(" not in page.text


def test_markdown_has_tables_of_equal_rows() -> None:
    """A bar in a cell does not end it."""
    text = markdown.render([_report(), _report("other")])
    width = 0
    for line in text.splitlines():
        bars = line.replace("\\|", "").count("|")
        assert bars in (0, width) or width == 0, line
        width = bars
    assert "`add` | native, f32 i32, ∂✓ jit⊘ vmap◐, **values failed**, ∞ ulp" in text


def test_run_writes_its_report(tmp_path: pathlib.Path) -> None:
    """From the command line, as whoever writes a backend does it."""
    files = [f"multikeras_conformance.test_ops_{name}" for name in ("values", "errors", "compiled")]
    suite = [sys.executable, "-m", "pytest", "-q", "--mk-backend=numpy", "--pyargs", *files]
    home = {**os.environ, "KERAS_HOME": str(tmp_path)}
    told = [*suite, f"--mk-report={tmp_path}", "--mk-device=cpu", "-k", "[argmax"]
    done = subprocess.run(told, capture_output=True, text=True, env=home, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = schema.load(tmp_path / "numpy.json")
    assert report.backend == "numpy"
    assert report.device == "cpu"
    assert not report.whole
    assert report.counts.tests == report.counts.passed > 10
    op = next(op for op in report.ops if op.name == "argmax")
    assert (op.supplied, op.values, op.errors, op.compiled) == ("native", "yes", "yes", "yes")
    assert {"float32", "bfloat16", "int64", "bool"} <= set(op.dtypes)
    assert command.main([str(tmp_path), "--html", str(tmp_path / "page.html")]) == 0
    assert "argmax" in (tmp_path / "page.html").read_text(encoding="utf-8")

    done = subprocess.run([*suite, "--mk-device=gpu:7"], capture_output=True, text=True, env=home, check=False)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "the numpy backend has no such device here; it has cpu" in done.stderr
