"""Process-wide settings. Read from the environment and the config file, never written back.

The file is `$KERAS_HOME/keras.json` (`~/.keras/keras.json` by default): a JSON object with any of `backend`, `floatx`,
`epsilon`, `image_data_format`. It is read when a setting is first asked for, or a backend first used.
"""

from __future__ import annotations

import functools
import json
import os
import pathlib
from typing import Any, Literal

from multikeras.errors import ArgumentError, FileFormatError

FLOATS = ("bfloat16", "float16", "float32", "float64")
DATA_FORMATS = ("channels_last", "channels_first")
RANDOM_MODES = ("fast", "portable")

_settings: dict[str, Any] = {}


def home() -> pathlib.Path:
    """The folder of the config file and of downloads: `$KERAS_HOME`, else `~/.keras`."""
    return pathlib.Path(os.environ.get("KERAS_HOME") or pathlib.Path.home() / ".keras")


@functools.cache
def _file() -> dict[str, Any]:
    path = home() / "keras.json"
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except ValueError as error:
        raise FileFormatError("The config file holds one JSON object.", received=f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise FileFormatError("The config file holds one JSON object.", received=f"{path}: {type(content).__name__}")
    return content


def _setting(name: str, default: Any, allowed: tuple[str, ...] | None) -> Any:
    if name not in _settings:
        value = _file().get(name, default)
        _settings[name] = _checked(name, value, allowed)
    return _settings[name]


def settle() -> None:
    """Read every setting of the config file now: a function that a compiler traces cannot read files."""
    for setting in (floatx, epsilon, image_data_format, random_mode):
        setting()


def _checked(name: str, value: Any, allowed: tuple[str, ...] | None) -> Any:
    if allowed is not None and value not in allowed:
        raise ArgumentError(
            f"{name} is one of {', '.join(map(repr, allowed))}.",
            received=repr(value),
            hint=f"{name}={allowed[0]!r}",
        )
    return value


def backend_setting() -> str | None:
    """The backend that `KERAS_BACKEND` or the config file asks for, if any."""
    return os.environ.get("KERAS_BACKEND") or _file().get("backend")


def backend() -> str:
    """The name of the current backend."""
    from multikeras.backend.select import current_name

    return current_name()


def set_backend(backend: str) -> None:
    """Make a backend the default of the process; what exists stays on the backend that it was made on."""
    from multikeras.backend.select import set_backend as select

    select(backend)


def floatx() -> str:
    """The dtype of floats where none is given, `"float32"` by default.

    ```python
    >>> floatx()
    'float32'

    ```
    """
    return _setting("floatx", "float32", FLOATS)


def set_floatx(value: Literal["bfloat16", "float16", "float32", "float64"]) -> None:
    """Set the dtype of floats where none is given.

    Raises:
        ArgumentError: Not a float dtype.
    """
    _settings["floatx"] = _checked("floatx", value, FLOATS)


def epsilon() -> float:
    """The small number that guards divisions, 1e-7 by default."""
    return _setting("epsilon", 1e-7, None)


def set_epsilon(value: float) -> None:
    """Set the small number that guards divisions."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise ArgumentError("epsilon is a number above zero.", received=repr(value), hint="epsilon=1e-7")
    _settings["epsilon"] = float(value)


def image_data_format() -> str:
    """Where images have their channels, `"channels_last"` by default."""
    return _setting("image_data_format", "channels_last", DATA_FORMATS)


def set_image_data_format(data_format: Literal["channels_last", "channels_first"]) -> None:
    """Set where images have their channels.

    Raises:
        ArgumentError: Neither `"channels_last"` nor `"channels_first"`.
    """
    _settings["image_data_format"] = _checked("image_data_format", data_format, DATA_FORMATS)


def standardize_data_format(data_format: str | None) -> str:
    """`data_format`, or the default where it is `None`.

    Raises:
        ArgumentError: Neither `"channels_last"` nor `"channels_first"`.
    """
    if data_format is None:
        return image_data_format()
    return _checked("data_format", str(data_format).lower(), DATA_FORMATS)


def random_mode() -> str:
    """`"fast"`: draws inside a step use the framework's generator. `"portable"`: every draw is bit-identical on all
    backends."""
    return _setting("random", "fast", RANDOM_MODES)


def set_random(mode: Literal["fast", "portable"]) -> None:
    """Choose where random draws come from: `"fast"` or `"portable"` (see `random_mode`).

    Raises:
        ArgumentError: Neither of the two.
    """
    _settings["random"] = _checked("random", mode, RANDOM_MODES)


def interactive_logging() -> bool:
    """Whether progress is drawn to the terminal rather than logged."""
    return _settings.get("interactive_logging", True)


def is_interactive_logging_enabled() -> bool:
    """Whether progress is drawn to the terminal rather than logged."""
    return interactive_logging()


def enable_interactive_logging() -> None:
    """Draw progress to the terminal."""
    _settings["interactive_logging"] = True


def disable_interactive_logging() -> None:
    """Send progress to the `multikeras` logger."""
    _settings["interactive_logging"] = False


def dtype_policy() -> Any:
    """The dtype policy of layers that are given none."""
    from multikeras.dtypes.policy import DTypePolicy

    policy = _settings.get("dtype_policy")
    return policy if policy is not None else DTypePolicy(floatx())


def set_dtype_policy(policy: Any) -> None:
    """Set the dtype policy of layers that are given none, by name or as a `DTypePolicy`."""
    from multikeras.dtypes.policy import get

    _settings["dtype_policy"] = get(policy)
