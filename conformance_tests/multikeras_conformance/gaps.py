"""Known gaps of a backend: `gaps.toml` in its package.

```toml
[[gap]]
test = "test_ops_values.py::test_op_value_is_the_oracles[conv-3-bfloat16]"   # or a pattern with *
kind = "upstream"                                                            # todo | upstream | never
link = "https://github.com/owner/project/issues/1"                           # needed for upstream
reason = "the kernel has no bfloat16"
```

They are strict: an entry that matches no test is an error, and so is one whose test passes.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import importlib.resources
import tomllib

import pytest

from multikeras_conformance.report.schema import GapReport

KINDS = ("todo", "upstream", "never")


@dataclasses.dataclass
class Gap:
    """One entry."""

    test: str
    kind: str
    reason: str
    link: str = ""

    def covers(self, name: str) -> bool:
        """Whether a test is among those that it is about."""
        return name == self.test or fnmatch.fnmatchcase(name, self.test.replace("[", "[[]"))


class Gaps:
    """The entries of one backend."""

    def __init__(self, rows: list[Gap]) -> None:
        self.rows = rows

    def mark(self, items: list[pytest.Item]) -> None:
        """Mark the matching tests; an entry that matches none is an error where the whole suite was collected."""
        used = set()
        for item in items:
            name = item.nodeid.rpartition("multikeras_conformance/")[2]
            for i, gap in enumerate(self.rows):
                if gap.covers(name):
                    used.add(i)
                    item.add_marker(
                        pytest.mark.xfail(reason=f"{gap.kind}: {gap.reason} {gap.link}".strip(), strict=True)
                    )
        files = {item.path.name for item in items}
        for i, gap in enumerate(self.rows):
            # A run of some files alone says nothing of the gaps in others.
            if i not in used and gap.test.partition("::")[0] in files and not _selects(items):
                raise pytest.UsageError(f"gaps.toml: no test is called {gap.test!r}")

    def summary(self) -> str:
        """How many gaps of each kind there are."""
        counts = [f"{sum(g.kind == kind for g in self.rows)} {kind}" for kind in KINDS]
        return f"gaps: {', '.join(counts)}"

    def report(self, ended: list[str]) -> list[GapReport]:
        """The entries as reports have them.

        Args:
            ended: The tests that ended as one of them says.
        """
        return [GapReport(g.test, g.kind, g.reason, g.link, sum(g.covers(name) for name in ended)) for g in self.rows]


def _selects(items: list[pytest.Item]) -> bool:
    options = items[0].config.option if items else None
    arguments = items[0].config.invocation_params.args if items else ()
    return bool(getattr(options, "keyword", "")) or any("::" in str(a) for a in arguments)


def load(backend: str) -> Gaps:
    """The gaps of a backend.

    Raises:
        pytest.UsageError: An entry is not as it should be.
    """
    from multikeras.backend import registry

    entry = registry.entry_points()[backend][0]
    file = importlib.resources.files(entry.value.partition(":")[0]) / "gaps.toml"
    if not file.is_file():
        return Gaps([])
    rows = []
    for row in tomllib.loads(file.read_text()).get("gap", []):
        gap = Gap(**row)
        if gap.kind not in KINDS or not gap.reason or (gap.kind == "upstream" and not gap.link):
            raise pytest.UsageError(f"gaps.toml: {row} needs a kind of {KINDS}, a reason, and for upstream a link")
        rows.append(gap)
    return Gaps(rows)


KEY = pytest.StashKey[Gaps]()
