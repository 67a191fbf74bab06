"""What the sources of core may not contain: it knows no framework, by import or by name."""

from __future__ import annotations

import ast
import pathlib

import pytest

import multikeras

ROOT = pathlib.Path(multikeras.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
FRAMEWORKS = {"autograd", "jax", "jaxlib", "keras", "tensorflow", "torch"}
ADAPTERS = {"multikeras_jax", "multikeras_numpy", "multikeras_tensorflow", "multikeras_torch"}
NAMES = {"jax", "numpy", "tensorflow", "torch"}

# The one place where backends are chosen by name: the order of preference, and NumPy as the last resort.
CHOOSES = "backend/select.py"


def imported(tree: ast.AST) -> set[str]:
    """The packages that a file imports, also inside functions and by `importlib.import_module("...")`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Call) and node.args and _called(node) in ("import_module", "__import__"):
            argument = node.args[0]
            if isinstance(argument, ast.Constant):
                found.add(str(argument.value))
    return {name.partition(".")[0] for name in found}


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def names_compared(tree: ast.AST) -> list[str]:
    """Comparisons, `match` cases and look-ups with the name of a backend, as `line: text`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        elif isinstance(node, ast.Call) and _called(node) in ("startswith", "endswith", "get"):
            parts = list(node.args)
        elif isinstance(node, ast.Subscript):
            parts = [node.slice]
        else:
            continue
        strings = {c.value for part in parts for c in ast.walk(part) if isinstance(c, ast.Constant)}
        if strings & NAMES:
            found.append(f"{node.lineno if not isinstance(node, ast.MatchValue) else node.value.lineno}")
    return found


def parsed(path: pathlib.Path) -> ast.AST:
    return ast.parse(path.read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_core_knows_no_framework(path) -> None:
    """No import of a framework or an adapter, and no question which backend it is."""
    tree = parsed(path)
    assert not imported(tree) & (FRAMEWORKS | ADAPTERS)
    if path.relative_to(ROOT).as_posix() != CHOOSES:
        assert names_compared(tree) == []


@pytest.mark.parametrize(
    "text",
    [
        "import torch",
        "import jax.numpy as jnp",
        "def f():\n    from tensorflow import keras",
        "import importlib\nimportlib.import_module('torch.nn')",
        "from multikeras_numpy import kernels",
    ],
)
def test_import_of_a_framework_is_seen(text) -> None:
    assert imported(ast.parse(text)) & (FRAMEWORKS | ADAPTERS)


@pytest.mark.parametrize(
    "text",
    [
        "if backend.name == 'torch': pass",
        "x = 'jax' != name",
        "y = backend() in ('tensorflow', 'torch')",
        "match name:\n    case 'numpy': pass",
        "z = {'jax': 1}[name] if name else TABLE['jax']",
        "w = TABLE.get('torch')",
    ],
)
def test_question_which_backend_it_is_is_seen(text) -> None:
    assert names_compared(ast.parse(text))


def test_adapters_know_no_other_adapter() -> None:
    """Each could be a distribution of its own."""
    backends = pathlib.Path(__file__).parents[2] / "backends"
    own = {"multikeras_jax": {"jax", "jaxlib"}, "multikeras_torch": {"torch"}, "multikeras_numpy": set()}
    own["multikeras_tensorflow"] = {"tensorflow", "keras"}
    for package, allowed in own.items():
        for path in (backends / package).rglob("*.py"):
            known = imported(parsed(path)) & (FRAMEWORKS | ADAPTERS)
            assert known <= allowed | {package}, f"{path}: {known}"
