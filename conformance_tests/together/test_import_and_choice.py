"""What importing multikeras does and leaves undone, how a backend is chosen, and how loading one fails.

Each test asks a process of its own, since importing and choosing happen once.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

from multikeras.backend import registry
from multikeras.backend.select import PREFERRED

FRAMEWORKS = ("autograd", "jax", "keras", "tensorflow", "torch")


@pytest.fixture
def home(tmp_path) -> pathlib.Path:
    """A home folder with nothing in it."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def ask(home, tmp_path):
    """Runs code in a new process that lives in the empty home folder, and returns what it prints as JSON."""

    def run(code: str, path: pathlib.Path | None = None, **environment: str):
        given = {k: v for k, v in os.environ.items() if not k.startswith("KERAS_")}
        roots = [str(path)] if path else []
        given["PYTHONPATH"] = os.pathsep.join([*roots, *(p for p in sys.path if p)])
        given |= {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", **environment}
        done = subprocess.run(
            [sys.executable, "-c", "import json, sys\n" + textwrap.dedent(code)],
            check=False,
            capture_output=True,
            text=True,
            env=given,
            cwd=home,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


# -- Importing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "",
        "[getattr(multikeras, name) for name in dir(multikeras) if not name.startswith('_')]",
        "multikeras.config.backend(), multikeras.layers.Dense, multikeras.ops.add, multikeras.Model",
        "multikeras.set_backend('numpy'); multikeras.Sequential([multikeras.Input((2,)), multikeras.layers.Dense(1)])",
    ],
    ids=["import alone", "every public name", "looking around", "a model on NumPy"],
)
@pytest.mark.parametrize("keras_home", [None, "elsewhere"])
def test_import_loads_no_framework_and_writes_nothing(code, keras_home, ask, home) -> None:
    """Also not when names are looked up, or NumPy is used."""
    environment = {} if keras_home is None else {"KERAS_HOME": str(home / keras_home)}
    loaded = ask(f"import multikeras\n{code}\nprint(json.dumps(sorted(sys.modules)))", **environment)
    assert "numpy" in loaded or not code
    assert not set(FRAMEWORKS) & set(loaded)
    assert list(home.iterdir()) == []


# -- Choosing ---------------------------------------------------------------------------------------------------------

NAME = "import multikeras\nprint(json.dumps([multikeras.config.backend(), sorted(sys.modules)]))"


def chosen(ask, code: str = NAME, **environment: str) -> str:
    name, loaded = ask(code, **environment)
    assert not set(FRAMEWORKS) & set(loaded), "asking for the name loads nothing"
    return name


def test_environment_goes_before_the_file_and_the_file_before_what_is_installed(ask, home) -> None:
    """And the file is left as it is, with settings that nobody knows."""
    folder = home / ".keras"
    folder.mkdir()
    text = json.dumps({"backend": "tensorflow", "floatx": "float64", "unknown": 1})
    (folder / "keras.json").write_text(text)
    assert chosen(ask) == "tensorflow"
    assert chosen(ask, KERAS_BACKEND="numpy") == "numpy"
    assert chosen(ask, KERAS_BACKEND="") == "tensorflow"
    other = home / "other"
    other.mkdir()
    (other / "keras.json").write_text(json.dumps({"backend": "torch"}))
    assert chosen(ask, KERAS_HOME=str(other)) == "torch"
    assert (folder / "keras.json").read_text() == text
    assert sorted(p.name for p in home.rglob("*")) == [".keras", "keras.json", "keras.json", "other"]


@pytest.mark.parametrize("hidden", range(len(PREFERRED) + 1))
def test_first_installed_framework_is_the_default(hidden, ask) -> None:
    """JAX, then PyTorch, then TensorFlow, then NumPy."""
    gone = [module for _, module in PREFERRED[:hidden]]
    here = [name for name, module in PREFERRED[hidden:] if _installed(module)]
    # A module that is None counts as not installed.
    hide = f"sys.modules.update(dict.fromkeys({gone}))\n"
    show = NAME.replace("sorted(sys.modules)", "[m for m in sys.modules if sys.modules[m]]")
    assert chosen(ask, hide + show) == [*here, "numpy"][0]


def _installed(module: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(module) is not None


def test_backend_of_the_environment_is_loaded_at_first_use(ask) -> None:
    code = """
        import multikeras
        before = multikeras.backend.registry.loaded()
        kind = type(multikeras.ops.ones((2,))).__name__
        print(json.dumps([len(before), multikeras.config.backend(), kind]))
    """
    assert ask(code, KERAS_BACKEND="numpy") == [0, "numpy", "ndarray"]


def test_damaged_config_file_is_an_error_that_leaves_it(ask, home) -> None:
    (home / ".keras").mkdir()
    for text in ("{", "[1]", '"jax"'):
        (home / ".keras" / "keras.json").write_text(text)
        code = """
            import multikeras
            try:
                multikeras.config.backend()
            except multikeras.errors.FileFormatError as error:
                print(json.dumps(str(error)))
        """
        assert "The config file holds one JSON object." in ask(code)
        assert (home / ".keras" / "keras.json").read_text() == text


# -- Failing ----------------------------------------------------------------------------------------------------------

TWIN = "from dataclasses import replace\nfrom multikeras_numpy import backend as b\n"

# What stands in the packages that strangers made.
MODULES = {
    "needs_what_is_absent": "import a_framework_that_is_absent",
    "breaks": "raise OSError('libsomething.so: cannot open shared object file')",
    "without_backend": "",
    "no_backend": "backend = 'numpy'",
    "one": "from multikeras_numpy import backend",
    "other": "from multikeras_numpy import backend",
    "older": TWIN + "backend = replace(b, name='older', contract=0)",
    "newer": TWIN + "backend = replace(b, name='newer', contract=b.contract + 1)",
    "fine": TWIN + "backend = replace(b, name='fine')",
}
ENTRIES = {
    "absent": ["needs_what_is_absent"],
    "broken": ["breaks"],
    "nameless": ["without_backend"],
    "wrong": ["no_backend"],
    "twice": ["one", "other"],
    "older": ["older"],
    "newer": ["newer"],
    "fine": ["fine", "fine"],
}


@pytest.fixture
def strangers(tmp_path) -> pathlib.Path:
    """A folder of installed distributions, each with one backend."""
    folder = tmp_path / "site"
    folder.mkdir()
    for module, text in MODULES.items():
        (folder / f"{module}.py").write_text(text)
    for name, modules in ENTRIES.items():
        for i, module in enumerate(modules):
            info = folder / f"{name}_{i}-1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-{i}\nVersion: 1.0\n")
            (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{name} = {module}:backend\n")
    return folder


ATTEMPTS = """
    import multikeras
    from multikeras import errors

    multikeras.set_backend("numpy")
    found = {}
    for name in ["numpi", 3, "absent", "broken", "nameless", "wrong", "twice", "older", "newer", "fine"]:
        for attempt in (multikeras.set_backend, multikeras.use_backend):
            try:
                scope = attempt(name)
                if scope is not None:
                    scope.__enter__()
                    scope.__exit__(None, None, None)
                said = None
            except errors.MultikerasError as error:
                said = [type(error).__name__, str(error), type(error.__cause__).__name__]
            assert found.setdefault(str(name), said) == said
            assert multikeras.config.backend() == ("fine" if name == "fine" else "numpy")
    print(json.dumps(found))
"""


@pytest.fixture
def failures(ask, strangers) -> dict:
    return ask(ATTEMPTS, path=strangers)


def test_loading_fails_in_ways_that_say_what_to_type(failures) -> None:
    """Not installed, no name, an import that fails in any way, no backend, two of one name, another contract."""
    kind, text, _ = failures["numpi"]
    assert kind == "BackendNotInstalledError"
    assert text.startswith("No installed package provides the backend 'numpi'.\nreceived: installed: ")
    assert all(name in text for name in ("fine", "numpy", "twice"))
    assert "\ntry: " in text
    assert failures["3"][:2] == [
        "BackendNotInstalledError",
        "A backend is chosen by its name.\nreceived: 3\ntry: multikeras.set_backend('numpy')",
    ]
    assert failures["absent"] == [
        "BackendImportError",
        "Importing the backend 'absent' failed.\nreceived: ModuleNotFoundError: a_framework_that_is_absent\n"
        "try: pip install 'multikeras[absent]'",
        "ModuleNotFoundError",
    ]
    kind, text, cause = failures["broken"]
    assert (kind, cause) == ("BackendImportError", "OSError")
    assert "libsomething.so" in text
    assert failures["nameless"][0::2] == ["BackendImportError", "AttributeError"]
    assert failures["wrong"][0] == "ContractError"
    assert "no_backend:backend is a str" in failures["wrong"][1]
    kind, text, _ = failures["twice"]
    assert kind == "BackendConflictError"
    assert all(part in text for part in ("one:backend (twice-0)", "other:backend (twice-1)", "pip uninstall"))
    kind, text, _ = failures["older"]
    assert kind == "ContractError"
    assert "contract 0, this multikeras has" in text
    assert text.endswith("try: pip install --upgrade its package")
    assert failures["newer"][0] == "ContractError"
    assert failures["newer"][1].endswith("try: pip install --upgrade multikeras")


def test_distribution_that_is_visible_twice_is_no_conflict(failures) -> None:
    """An editable install beside a build folder names the same object."""
    assert failures["fine"] is None


@pytest.mark.parametrize(("name", "module"), PREFERRED)
def test_framework_that_is_not_installed_is_asked_for_by_its_extra(name, module, ask) -> None:
    """Our own adapters without their frameworks."""
    code = f"""
        sys.modules[{module!r}] = None
        import multikeras
        try:
            multikeras.set_backend({name!r})
        except multikeras.errors.BackendImportError as error:
            print(json.dumps([str(error), type(error.__cause__).__name__, isinstance(error, ImportError)]))
    """
    text, cause, is_import_error = ask(code)
    assert text.startswith(f"Importing the backend {name!r} failed.")
    assert text.endswith(f"try: pip install 'multikeras[{name}]'")
    assert cause == "ModuleNotFoundError"
    assert is_import_error


def test_unknown_backend_of_the_environment_fails_at_first_use(ask) -> None:
    code = """
        import multikeras
        try:
            multikeras.ops.ones((2,))
        except multikeras.errors.BackendNotInstalledError as error:
            print(json.dumps(str(error)))
    """
    assert "No installed package provides the backend 'numpi'." in ask(code, KERAS_BACKEND="numpi")
