"""Signals cut into windows, and their Fourier transforms over a short time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from multikeras.backend.spec import Spec
from multikeras.errors import ArgumentError, ShapeError
from multikeras.ops import _rules as rules
from multikeras.ops._op import composite
from multikeras.ops._samples import case, draw
from multikeras.ops._types import Tensor
from multikeras.ops.arithmetic import add, divide, multiply
from multikeras.ops.comparison import greater, where
from multikeras.ops.conversion import cast, convert_to_tensor
from multikeras.ops.conversion import dtype as dtype_of
from multikeras.ops.conversion import shape as shape_of
from multikeras.ops.decompositions import known_sizes, wide
from multikeras.ops.fourier import irfft, pair_spec, rfft, transform_length
from multikeras.ops.indexing import take
from multikeras.ops.rounding import maximum, minimum
from multikeras.ops.shaping import broadcast_to, reshape
from multikeras.ops.tiling import pad

_WINDOWS = {"hann": 0.5, "hamming": 0.54}


def check_counts(**counts: Any) -> None:
    """Raise unless every argument is an integer from 1 on.

    Raises:
        ArgumentError: One is not.
    """
    for name, count in counts.items():
        if isinstance(count, bool) or not hasattr(count, "__index__") or count < 1:
            raise ArgumentError(f"`{name}` is an integer from 1 on.", received=f"{name}={count!r}")


def _check_frames(sequence_length: Any, sequence_stride: Any, fft_length: Any, window: Any) -> None:
    check_counts(sequence_length=sequence_length, sequence_stride=sequence_stride)
    if transform_length(fft_length) is None:
        raise ArgumentError("`fft_length` is an integer from 1 on.", received="fft_length=None")
    if fft_length < sequence_length:
        raise ArgumentError(
            "A transform is at least as long as a sequence.",
            received=f"fft_length={fft_length}, sequence_length={sequence_length}",
        )
    if isinstance(window, str):
        if window not in _WINDOWS:
            raise ArgumentError('A window is "hann", "hamming", a tensor or None.', received=f"window={window!r}")
    elif window is not None:
        shape = tuple(getattr(window, "shape", np.shape(window)))
        if shape != (sequence_length,):
            raise ShapeError(
                "A window has one weight for each entry of a sequence.",
                received=f"window of shape {shape}, sequence_length={sequence_length}",
            )


def _between_zeros(window: np.ndarray, before: int, behind: int) -> np.ndarray:
    # Not np.pad, which torch's tracer does not know.
    return np.concatenate([np.zeros(before), window, np.zeros(behind)])


def _weights(window: Any, sequence_length: int, fft_length: int, dtype: str) -> Any:
    """The window, with zeros around it that make it as long as the transform."""
    if window is None:
        return convert_to_tensor(np.ones(fft_length), dtype)
    before = (fft_length - sequence_length) // 2
    around = (before, fft_length - sequence_length - before)
    if isinstance(window, str):
        mean = _WINDOWS[window]
        # Periodic: the entry after the last would be the first again.
        angles = 2 * np.pi * np.arange(sequence_length) / sequence_length
        shape = mean - (1 - mean) * np.cos(angles) if sequence_length > 1 else np.ones(1)
        return convert_to_tensor(_between_zeros(shape, *around), dtype)
    if isinstance(window, (np.ndarray, list, tuple)):
        return convert_to_tensor(_between_zeros(np.asarray(window, np.float64), *around), dtype)
    return pad(cast(window, dtype), [around])


@rules.rule()
def _sequences_rule(x: Spec, sequence_length: int, sequence_stride: int) -> Spec:
    check_counts(sequence_length=sequence_length, sequence_stride=sequence_stride)
    if not x.shape:
        raise ShapeError("Sequences lie along the last axis.", received=f"x={x}")
    size = x.shape[-1]
    count = None if size is None else _windows(size, sequence_length, sequence_stride)
    return Spec((*x.shape[:-1], count, sequence_length), rules.same(x.dtype))


def _windows(size: int, length: int, stride: int) -> int:
    return 1 + (size - length) // stride if size >= length else 0


def _sequences(x: np.ndarray, sequence_length: int, sequence_stride: int) -> np.ndarray:
    starts = range(0, x.shape[-1] - sequence_length + 1, sequence_stride)
    rows = [x[..., s : s + sequence_length] for s in starts]
    return np.stack(rows, -2) if rows else np.zeros((*x.shape[:-1], 0, sequence_length), x.dtype)


@composite(
    infer=_sequences_rule,
    reference=_sequences,
    cases=[
        case(draw(2, 10), 4, 3),
        case(draw(7), 3, 1),
        case(draw(2, 3, 6), 2, 4),
        case(draw(4), 4, 2, dtypes=("float32",)),
        case(draw(2, 3), 5, 1, dtypes=("float32",), gradient=False),
        case(draw(), 1, 1, dtypes=("float32",), raises=ShapeError, match="last axis"),
        case(draw(4), 0, 1, dtypes=("float32",), raises=ArgumentError, match="`sequence_length`"),
        case(draw(4), 2, -1, dtypes=("float32",), raises=ArgumentError, match="`sequence_stride`"),
    ],
)
def extract_sequences(x: Tensor, sequence_length: int, sequence_stride: int) -> Tensor:
    """Windows of the last axis, one after the other: `y[..., i, j] = x[..., i * sequence_stride + j]`.

    Args:
        x: A tensor of shape (..., t) of any dtype.
        sequence_length: How many entries a window has.
        sequence_stride: How many entries a window starts after the one before.

    Returns:
        A tensor of shape (..., 1 + (t - sequence_length) // sequence_stride, sequence_length) and the dtype of `x`.
        What is left at the end is in none of them.

    Raises:
        ArgumentError: A length or stride is no count.
        ShapeError: `x` is a scalar.

    ```python
    >>> extract_sequences([1, 2, 3, 4, 5], 3, 2).tolist()
    [[1, 2, 3], [3, 4, 5]]

    ```
    """
    _sequences_rule(Spec(tuple(x.shape), dtype_of(x)), sequence_length, sequence_stride)
    count = _windows(known_sizes(x, "extract_sequences")[-1], sequence_length, sequence_stride)
    places = np.arange(count, dtype=np.int32)[:, None] * sequence_stride + np.arange(sequence_length, dtype=np.int32)
    return take(x, convert_to_tensor(places.astype(np.int32), "int32"), -1)


@rules.rule(cast="float")
def _stft_rule(
    x: Spec, sequence_length: int, sequence_stride: int, fft_length: int, window: Any = "hann", center: bool = True
) -> tuple[Spec, Spec]:
    _check_frames(sequence_length, sequence_stride, fft_length, window)
    if not x.shape:
        raise ShapeError("A signal lies along the last axis.", received=f"x={x}")
    dtype = rules.floating(x.dtype)
    size, count = x.shape[-1], None
    if size is not None:
        if center and fft_length // 2 >= size:
            raise ShapeError(
                "Padding by reflection takes fewer entries than there are.", received=f"x={x}, fft_length={fft_length}"
            )
        count = _windows(size + (2 * (fft_length // 2) if center else 0), fft_length, sequence_stride)
    spec = Spec((*x.shape[:-1], count, fft_length // 2 + 1), dtype)
    return spec, spec


def _window_of(window: Any, sequence_length: int, fft_length: int) -> np.ndarray:
    if window is None:
        return np.ones(fft_length)
    n = np.arange(sequence_length)
    if isinstance(window, str):
        a = {"hann": 0.5, "hamming": 0.54}[window]
        # A single entry is the middle.
        window = a - (1 - a) * np.cos(2 * np.pi * n / sequence_length) if sequence_length > 1 else np.ones(1)
    whole = np.zeros(fft_length)
    before = (fft_length - sequence_length) // 2
    whole[before : before + sequence_length] = window
    return whole


def _stft(
    x: Any, sequence_length: int, sequence_stride: int, fft_length: int, window: Any = "hann", center: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    if center:
        half = fft_length // 2
        x = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(half, half)], mode="reflect")
    frames = _sequences(x, fft_length, sequence_stride) * _window_of(window, sequence_length, fft_length)
    z = np.fft.rfft(frames)
    return z.real, z.imag


@composite(
    infer=_stft_rule,
    reference=_stft,
    cases=[
        case(draw(2, 20), 6, 3, 8, tolerance=32),
        case(draw(17), 5, 2, 7, "hamming", tolerance=32),
        case(draw(16), 4, 4, 4, window=None, center=False, tolerance=32),
        case(draw(12), 4, 2, 6, window=np.array([0.5, 1.0, 2.0, 0.25]), tolerance=32),
        case(draw(12), 4, 2, 3, dtypes=("float32",), raises=ArgumentError, match="at least as long"),
        case(draw(12), 4, 2, 4, "flat", dtypes=("float32",), raises=ArgumentError, match="window"),
        case(draw(12), 4, 2, 4, np.ones(3), dtypes=("float32",), raises=ShapeError, match="one weight"),
        case(draw(), 4, 2, 4, dtypes=("float32",), raises=ShapeError, match="last axis"),
        case(draw(3), 4, 2, 8, dtypes=("float32",), raises=ShapeError, match="reflection"),
    ],
    real=True,
)
def stft(
    x: Tensor,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> tuple[Tensor, Tensor]:
    """Fourier transforms of a signal's windows: `rfft(window * x[i * sequence_stride:][:fft_length])`.

    16-bit floats are computed with in 32 bits.

    Args:
        x: A real tensor of shape (..., t); integers are taken as floats.
        sequence_length: The length of the window.
        sequence_stride: How many entries a window starts after the one before.
        fft_length: How many entries are transformed; the window lies in the middle of zeros.
        window: "hann" or "hamming", both periodic, a tensor of shape (sequence_length,), or `None` for ones everywhere.
        center: Whether `x` is continued by its reflection at both ends, so that window `i` is around the entry
            `i * sequence_stride`.

    Returns:
        Real and imaginary parts, of shape (..., windows, fft_length // 2 + 1).

    Raises:
        ArgumentError: A length or stride is no count, `fft_length` is too small, or there is no such window.
        ShapeError: `x` is a scalar, too short for its reflection, or the window has another length.

    Source: Allen, "Short term spectral analysis, synthesis, and modification by discrete Fourier transform" (1977).

    ```python
    >>> real, imag = stft([1.0, 1.0, 1.0, 1.0], 2, 2, 2, window=None, center=False)
    >>> real.tolist()
    [[2.0, 0.0], [2.0, 0.0]]

    ```
    """
    _stft_rule(Spec(tuple(x.shape), dtype_of(x)), sequence_length, sequence_stride, fft_length, window, center)
    dtype, y = dtype_of(x), wide(x)
    if center:
        half = fft_length // 2
        y = pad(y, [*[(0, 0)] * (len(y.shape) - 1), (half, half)], "reflect")
    frames = extract_sequences(y, fft_length, sequence_stride)
    weights = _weights(window, sequence_length, fft_length, dtype_of(y))
    real, imag = rfft(multiply(frames, weights))
    return cast(real, dtype), cast(imag, dtype)


@rules.rule(cast="float")
def _istft_rule(
    x: list[Spec],
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> Spec:
    _check_frames(sequence_length, sequence_stride, fft_length, window)
    spec = pair_spec("istft", x, 2)
    if length is not None:
        check_counts(length=length)
    count = spec.shape[-2]
    size = None if count is None else _kept(count, sequence_stride, fft_length, length, center)[1]
    return Spec((*spec.shape[:-2], size), spec.dtype)


def _kept(count: Any, stride: int, fft_length: int, length: int | None, center: bool) -> tuple[int, Any]:
    """Where the signal starts in what the windows cover, and how long it is."""
    start = fft_length // 2 if center else 0
    if not isinstance(count, int):
        whole = where(greater(count, 0), fft_length + stride * (count - 1), 0)
        end = whole - start if length is None else start + length
        return start, maximum(minimum(end, whole) - start, 0)
    whole = fft_length + stride * (count - 1) if count else 0
    end = whole - start if length is None else start + length
    return start, max(min(end, whole) - start, 0)


def _istft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> np.ndarray:
    frames = np.fft.irfft(x[0] + 1j * x[1], fft_length)
    weights = _window_of(window, sequence_length, fft_length)
    count = frames.shape[-2]
    whole = fft_length + sequence_stride * (count - 1) if count else 0
    total, norm = np.zeros((*frames.shape[:-2], whole)), np.zeros(whole)
    for i in range(count):
        place = slice(i * sequence_stride, i * sequence_stride + fft_length)
        total[..., place] += frames[..., i, :] * weights
        norm[place] += weights**2
    total = total / np.where(norm > 1e-10, norm, 1.0)
    start = fft_length // 2 if center else 0
    end = whole - start if length is None else start + length
    return total[..., start:end]


def _spectrum(*shape: int) -> list[Any]:
    return [draw(*shape), draw(*shape, salt=1)]


@composite(
    infer=_istft_rule,
    reference=_istft,
    cases=[
        case(_spectrum(2, 6, 5), 6, 3, 8, tolerance=64),
        case(_spectrum(5, 4), 5, 2, 7, window="hamming", tolerance=64),
        case(_spectrum(3, 3), 4, 4, 4, window=None, center=False, tolerance=64),
        case(_spectrum(4, 4), 4, 2, 6, 5, np.array([0.5, 1.0, 2.0, 0.25]), tolerance=64),
        case(_spectrum(4, 3), 4, 2, 4, 99, "hamming", False, tolerance=64),
        case(_spectrum(4), 4, 2, 4, dtypes=("float32",), raises=ShapeError, match="last 2 axes"),
        case(_spectrum(4, 3), 4, 2, 3, dtypes=("float32",), raises=ArgumentError, match="at least as long"),
    ],
    real=True,
)
def istft(
    x: Sequence[Tensor],
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> Tensor:
    """The signal whose `stft` is nearest to `x`: windows weighted, added where they lie, and divided by the weights.

    16-bit floats are computed with in 32 bits.

    Args:
        x: Real and imaginary parts: two tensors of one shape (..., windows, fft_length // 2 + 1).
        sequence_length: As for `stft`.
        sequence_stride: As for `stft`.
        fft_length: As for `stft`.
        length: At most how long the signal is; by default as long as the windows reach.
        window: As for `stft`.
        center: As for `stft`.

    Returns:
        A real floating tensor of shape (..., length). Entries that no window has a weight for are not divided.

    Raises:
        ArgumentError, ShapeError, DTypeError: As `stft`, or these are no such parts.

    Source: Griffin and Lim, "Signal estimation from modified short-time Fourier transform" (1984), eq. 6.

    ```python
    >>> istft(([[2.0, 0.0], [4.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]), 2, 2, 2, window=None, center=False).tolist()
    [1.0, 1.0, 2.0, 2.0]

    ```
    """
    specs = [Spec(tuple(part.shape), dtype_of(part)) for part in x]
    _istft_rule(specs, sequence_length, sequence_stride, fft_length, length, window, center)
    dtype = dtype_of(x[0])
    frames = irfft([wide(x[0]), wide(x[1])], fft_length)
    weights = _weights(window, sequence_length, fft_length, dtype_of(frames))
    count = shape_of(frames)[-2]
    total = _overlapping(multiply(frames, weights), sequence_stride)
    squares = broadcast_to(multiply(weights, weights), (count, fft_length))
    norm = _overlapping(squares, sequence_stride)
    signal = divide(total, where(greater(norm, 1e-10), norm, 1.0))
    start, size = _kept(count, sequence_stride, fft_length, length, center)
    return cast(signal[..., start : start + size], dtype)


def _overlapping(frames: Any, stride: int) -> Any:
    """Frames added up, each shifted by `stride` from the one before."""
    *lead, count, size = shape_of(frames)
    pieces = -(-size // stride)
    padded = pad(frames, [*[(0, 0)] * (len(lead) + 1), (0, pieces * stride - size)])
    blocks = reshape(padded, (*lead, count, pieces, stride))
    none = [(0, 0)] * len(lead)
    total: Any = None
    for j in range(pieces):
        shifted = pad(blocks[..., j, :], [*none, (j, pieces - 1 - j), (0, 0)])
        total = shifted if total is None else add(total, shifted)
    whole = reshape(total, (*lead, (count + pieces - 1) * stride))
    return whole[..., : (count - 1) * stride + size]
