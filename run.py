#!/usr/bin/env python3
"""Set the project up and run something in it, with nothing installed but Python.

    python3 run.py demo            train one network on every backend and compare them
    python3 run.py test [PART...]  run every part of the tests that tox.ini lists by default, or those named
    python3 run.py python ARG...   the project's Python, as in `python3 run.py python -m pytest -k argmax`

The first use makes `.venv` and installs everything into it, which takes minutes. Later ones reuse it as long as what
pyproject.toml and constraints.txt ask to be installed is the same.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
# Written last: an environment without it was left half made.
STAMP = ENVIRONMENT / "multikeras-inputs"


def main(arguments: "list[str]") -> int:
    """The exit status of the command in `arguments`."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return fail(f"Python 3.11, 3.12 or 3.13 is needed, this is {sys.version.split()[0]} ({sys.executable})")
    command, rest = (arguments or [""])[0], arguments[1:]
    commands = {
        "demo": [str(ROOT / "examples" / "digits.py"), *rest],
        "test": ["-m", "tox", "run", "-c", str(ROOT), *(["-e", ",".join(rest)] if rest else [])],
        "python": rest,
    }
    if command not in commands:
        print(__doc__)
        return 0 if command in ("-h", "--help", "help") else 2
    return set_up() or subprocess.call([str(PYTHON), *commands[command]])


def set_up() -> int:
    """Make `.venv` with everything in it, unless it is there already."""
    wanted = inputs()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    started = time.monotonic()
    print(f"Installing multikeras, four backends and the tools of the tests into {ENVIRONMENT} ...", flush=True)
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    # -qq: errors only
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-qq", "--progress-bar=off"]
    # The pip that comes with Python 3.11 cannot read dependency groups.
    steps = [
        [*pip, "--upgrade", "pip>=25.1"],
        [*pip, "--constraint", "constraints.txt", "--group", "dev", "--editable", ".[viz]"],
    ]
    for step in steps:
        status = subprocess.call(step, cwd=ROOT)
        if status:
            return fail(f"the installation failed with status {status}: {' '.join(step[1:])}")
    STAMP.write_text(wanted)
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)
    return 0


def inputs() -> str:
    """A digest of all that decides what is installed: settings of tools in pyproject.toml do not."""
    import tomllib

    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    tables = {name: project[name] for name in ("build-system", "dependency-groups", "project")}
    tables["hatch"] = project["tool"]["hatch"]
    content = json.dumps(tables, sort_keys=True) + (ROOT / "constraints.txt").read_text()
    return hashlib.sha256(content.encode()).hexdigest()


def fail(reason: str) -> int:
    """Say why on standard error; the exit status of a failure."""
    print(f"\nrun.py: {reason}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
