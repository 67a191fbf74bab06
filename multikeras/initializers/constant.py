"""Initializers without randomness."""

from __future__ import annotations

from typing import Any

import numpy as np

from multikeras import ops
from multikeras.errors import ArgumentError, MissingExtraError, ShapeError
from multikeras.initializers.initializer import Initializer


class Zeros(Initializer):
    """All zeros.

    ```python
    >>> Zeros()((2,)).tolist()
    [0.0, 0.0]

    ```
    """

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Zeros."""
        return np.zeros(shape, np.float32)


class Ones(Initializer):
    """All ones.

    ```python
    >>> Ones()((2,)).tolist()
    [1.0, 1.0]

    ```
    """

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """Ones."""
        return np.ones(shape, np.float32)


class Constant(Initializer):
    """One value everywhere, or the values of an array.

    Args:
        value: A number, or an array that broadcasts to the shape.

    ```python
    >>> Constant(3)((2,)).tolist()
    [3.0, 3.0]

    ```
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """The value, broadcast."""
        value = self.value if isinstance(self.value, (int, float)) else ops.convert_to_numpy(self.value)
        return np.broadcast_to(np.asarray(value), shape)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal initializer."""
        return {"value": self.value}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The initializer of a `get_config`."""
        from multikeras.saving.serialization import deserialize_keras_object

        return cls(deserialize_keras_object(config["value"]))


class Identity(Initializer):
    """The identity matrix times a number.

    Args:
        gain: The number.

    ```python
    >>> Identity(2.0)((2, 2)).tolist()
    [[2.0, 0.0], [0.0, 2.0]]

    ```
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """The matrix."""
        if len(shape) != 2:
            raise ShapeError("An identity matrix has two axes.", received=f"shape={shape}")
        return self.gain * np.eye(*shape)

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal initializer."""
        return {"gain": self.gain}


class STFT(Initializer):
    """The kernel of a short-time Fourier transform: windowed cosines, or sines with a minus.

    `kernel[t, 0, f] = window[t] * cos(2 pi t f / length) / scale` for `side="real"`, with `-sin` for `"imag"`. For a
    shape of `(frame, 1, bands)` the length of the transform is `2 * (bands - 1)`.

    Args:
        side: `"real"` or `"imag"`.
        window: A window's name for `scipy.signal.get_window`, its values, or `None` for none.
        scaling: `"density"` divides by the window's L2 norm, `"spectrum"` by its sum, `None` by nothing.
        periodic: Whether the window is periodic.

    Raises:
        ArgumentError: `side` or `scaling` is none of these.
        ShapeError: The shape does not have three axes, or the window another length than its first.

    ```python
    >>> STFT(window=None)((2, 1, 2)).tolist()
    [[[1.0, 1.0]], [[1.0, -1.0]]]

    ```
    """

    def __init__(
        self, side: str = "real", window: Any = "hann", scaling: str | None = "density", periodic: bool = False
    ) -> None:
        if side not in ("real", "imag"):
            raise ArgumentError("`side` is 'real' or 'imag'.", received=repr(side))
        if scaling not in (None, "density", "spectrum"):
            raise ArgumentError("`scaling` is 'density', 'spectrum' or None.", received=repr(scaling))
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def array(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """The kernel."""
        if len(shape) != 3:
            raise ShapeError("An STFT kernel has the shape (frame, 1, bands).", received=f"shape={shape}")
        frame, _, bands = shape
        angle = 2 * np.pi * np.outer(np.arange(frame), np.arange(bands)) / (2 * (bands - 1))
        kernel = (np.cos(angle) if self.side == "real" else -np.sin(angle)).reshape(frame, 1, bands)
        if self.window is not None:
            window = self._window(frame)
            if window.shape != (frame,):
                raise ShapeError("The window is as long as the frame.", received=f"{window.shape}, frame {frame}")
            kernel = kernel * window.reshape(frame, 1, 1)
            if self.scaling is not None:
                kernel /= np.sqrt(np.sum(window**2)) if self.scaling == "density" else np.sum(np.abs(window))
        return np.broadcast_to(kernel, shape)

    def _window(self, length: int) -> np.ndarray:
        if not isinstance(self.window, str):
            return ops.convert_to_numpy(self.window)
        try:
            from scipy.signal import get_window
        except ImportError as error:
            raise MissingExtraError("Windows by name come from SciPy.", hint="pip install scipy") from error
        return np.asarray(get_window(self.window, length, self.periodic))

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal initializer."""
        return {"side": self.side, "window": self.window, "periodic": self.periodic, "scaling": self.scaling}
