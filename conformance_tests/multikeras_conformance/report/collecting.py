"""Listens to a run of the suite, on each worker and where they come together, and writes the report."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib.metadata
import pathlib
import platform
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from multikeras_conformance.report import noting, schema
from multikeras_conformance.report.schema import Counts, Failure, FileReport, OpReport, Report, Worst

KEY = "multikeras"

ASPECTS = {
    "test_ops_values.py": "values",
    "test_ops_special.py": "special",
    "test_ops_errors.py": "errors",
    "test_ops_symbolic.py": "symbolic",
    "test_ops_gradients.py": "gradient",
    "test_ops_second_order.py": "second_order",
    "test_ops_compiled.py": "compiled",
    "test_ops_vmap.py": "vmap",
    "test_ops_drawn.py": "drawn",
}
"""The files whose tests are about one op each, and which aspect of it they are about."""


class Listening:
    """Where tests run: gives each report of a test what the test noted, which travels to the controlling process."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Listen while the test itself runs."""
        noting.begin(_about(item))
        try:
            yield
        finally:
            item.user_properties.append((KEY, noting.end()))


def _about(item: pytest.Item) -> noting.Notes:
    """Which op a test is about."""
    aspect = ASPECTS.get(item.path.name)
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    subject = parameters.get("call", parameters.get("op"))
    if aspect is None or subject is None:
        return noting.Notes()
    op = getattr(subject, "op", subject)
    return noting.Notes(op=op.name, aspect=aspect, dtype=getattr(subject, "dtype", ""))


class Collecting:
    """Where the results of all workers come together."""

    def __init__(self, config: pytest.Config, folder: pathlib.Path, backend: str) -> None:
        self.config = config
        self.folder = folder
        self.backend = backend
        self.started = time.monotonic()
        self.counts = Counts()
        self.calls = 0
        self.files: dict[str, FileReport] = {}
        self.ops: dict[str, OpReport] = {}
        # For each op and aspect how its tests ended, and for each op and dtype how its values did.
        self.endings: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self.dtypes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        # The tests that ended as known gaps.
        self.covered: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test."""
        if report.when != "call" and report.passed:
            return
        name = report.nodeid.rpartition("multikeras_conformance/")[2]
        file = self.files.setdefault(name.partition("::")[0], FileReport(name.partition("::")[0]))
        properties: dict[str, Any] = dict(report.user_properties)
        notes: dict[str, Any] = properties.get(KEY, {})
        ending = _ending(report)
        seconds = round(report.duration, 4)
        places: list[Any] = [file]
        if notes.get("op"):
            op = self.ops.setdefault(notes["op"], OpReport(notes["op"]))
            places.append(op)
            self._note(op, notes, ending, seconds)
        for place in places:
            _count(place.counts, ending)
            place.seconds += seconds
        _count(self.counts, ending)
        if ending == "gaps":
            self.covered.append(name)
        if ending == "failed":
            places[-1].failures.append(Failure(name, _message(report), self._repeat(name)))

    def _note(self, op: OpReport, notes: dict[str, Any], ending: str, seconds: float) -> None:
        aspect = notes["aspect"]
        op.seconds_by_aspect[aspect] = op.seconds_by_aspect.get(aspect, 0.0) + seconds
        self.endings[op.name, aspect].add(notes["verdict"] or ending)
        if aspect == "values":
            self.calls += notes["calls"]
            how = ending if ending in ("failed", "gaps") else notes["outcome"]
            self.dtypes[op.name, notes["dtype"]].add(how)
        if notes["ulp"] >= 0 and (op.worst is None or notes["ulp"] > op.worst.ulp):
            call, _, repeat = notes["context"].partition("\nrepeat: ")
            ulp = round(min(notes["ulp"], schema.BEYOND), 4)
            op.worst = Worst(ulp, notes["error_dtype"], call, aspect, repeat)

    def _repeat(self, name: str) -> str:
        file, _, rest = name.partition("::")
        return (
            f"pytest --pyargs 'multikeras_conformance.{file.removesuffix('.py')}::{rest}' --mk-backend={self.backend}"
        )

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the report."""
        self.folder.mkdir(parents=True, exist_ok=True)
        schema.save(self.report(), self.folder / f"{self.backend}.json")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say where it is."""
        terminalreporter.write_line(f"report: {self.folder / self.backend}.json")
        terminalreporter.write_line(f"  python -m multikeras_conformance.report {self.folder} --html report.html")

    def report(self) -> Report:
        """All that was found."""
        from multikeras.backend import current
        from multikeras.ops._op import DECLARED
        from multikeras_conformance import gaps

        backend = current()
        devices = backend.devices.names()
        option = self.config.option
        ops = []
        for name, op in DECLARED.items():
            found = self.ops.get(name, OpReport(name))
            found.summary = _sentence(op.function.__doc__ or "")
            found.supplied = backend.ops.kind(op)
            found.because = backend.ops.refused.get(name, "")
            found.primitive = op.body is None
            found.differentiable = op.differentiable is not False
            self._conclude(found)
            ops.append(found)
        return Report(
            schema=schema.SCHEMA,
            backend=self.backend,
            device=self.config.getoption("--mk-device") or devices[0],
            devices=devices,
            made=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - self.started, 1),
            workers=int(getattr(option, "numprocesses", None) or 1),
            whole=not _chosen(self.config),
            thorough=bool(getattr(option, "thorough", False)),
            platform=f"{platform.platform()}, {platform.machine()}",
            versions=_versions(backend),
            capabilities=sorted(c.value for c in backend.can),
            counts=self.counts,
            calls=self.calls,
            gaps=self.config.stash[gaps.KEY].report(self.covered),
            ops=ops,
            files=[dataclasses.replace(f, seconds=round(f.seconds, 3)) for _, f in sorted(self.files.items())],
        )

    def _conclude(self, op: OpReport) -> None:
        """Verdicts and dtypes, from how its tests ended."""
        for aspect in schema.ASPECTS:
            setattr(op, aspect, _verdict(self.endings[op.name, aspect]))
            if aspect in op.seconds_by_aspect:
                op.seconds_by_aspect[aspect] = round(op.seconds_by_aspect[aspect], 4)
        op.seconds = round(op.seconds, 4)
        for (name, dtype), endings in self.dtypes.items():
            if name == op.name:
                _dtypes(op, endings).append(dtype)


def _ending(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail") and not report.failed:
        return "gaps"
    return "passed" if report.passed else "failed" if report.failed else "skipped"


def _count(counts: Counts, ending: str) -> None:
    counts.tests += 1
    setattr(counts, ending, getattr(counts, ending) + 1)


def _verdict(endings: set[str]) -> str:
    for ending, verdict in (("failed", "no"), ("gaps", "gap"), ("passed", "yes"), ("refused", "refused")):
        if ending in endings:
            return verdict
    return "-"


def _dtypes(op: OpReport, endings: set[str]) -> list[str]:
    """The list that a dtype belongs to."""
    if "failed" in endings:
        return op.dtypes_wrong
    if "gaps" in endings:
        return op.dtypes_gap
    if "held" in endings:
        return op.dtypes
    return op.dtypes_lacking if "lacking" in endings else op.dtypes_refused


def _message(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    return text if len(text) <= 1000 else f"{text[:700]} ... {text[-250:]}"


def _sentence(documentation: str) -> str:
    paragraph = " ".join(documentation.strip().partition("\n\n")[0].split())
    return paragraph.partition(". ")[0].rstrip(".") + "." if paragraph else ""


def _chosen(config: pytest.Config) -> bool:
    """Whether only some of the tests were asked for."""
    if config.option.keyword or config.option.markexpr or getattr(config.option, "lf", False):
        return True
    return any(str(a).endswith(".py") or "::" in str(a) or ".test_" in str(a) for a in config.args)


def _versions(backend: Any) -> dict[str, str]:
    """Versions by name; the framework is whatever the classes of native tensors come from."""
    import multikeras

    found = {"python": platform.python_version(), "multikeras": multikeras.__version__}
    owners = importlib.metadata.packages_distributions()
    modules = {kind.__module__.partition(".")[0] for kind in backend.tensors.types} | {"numpy", "ml_dtypes"}
    for module in sorted(modules):
        for distribution in owners.get(module, ()):
            found[distribution] = importlib.metadata.version(distribution)
    return found
