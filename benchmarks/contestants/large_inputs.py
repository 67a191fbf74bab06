"""Calls of ops on about a million entries: a declared case grown, or shapes of its own where growing has no meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from multikeras_conformance import calls

from multikeras.errors import MultikerasError
from multikeras.ops._op import Op
from multikeras.ops._samples import Draw

ENTRIES = 1_000_000
_random = np.random.default_rng(0)


def _floats(*shape: int) -> np.ndarray:
    return _random.uniform(-2.0, 2.0, shape).astype("float32")


def _integers(high: int, *shape: int) -> np.ndarray:
    return _random.integers(0, high, shape).astype("int32")


def _matrices(*shape: int) -> np.ndarray:
    """Symmetric ones with eigenvalues far from 0."""
    x = _floats(*shape)
    return x @ np.swapaxes(x, -1, -2) + 4 * np.eye(shape[-1], dtype="float32") * shape[-1]


def _images(*shape: int) -> np.ndarray:
    return _random.uniform(0.0, 1.0, shape).astype("float32")


# By the names of ops: arguments by position and by name, or what makes them.
SHAPES: dict[str, Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "adaptive_average_pool": lambda: ((_images(4, 90, 90, 32), 30), {}),
    "adaptive_max_pool": lambda: ((_images(4, 90, 90, 32), 30), {}),
    "average_pool": lambda: ((_images(8, 64, 64, 32), 2, 2), {}),
    "max_pool": lambda: ((_images(8, 64, 64, 32), 2, 2), {}),
    "batch_normalization": lambda: ((_floats(1000, 1000), _floats(1000), 1 + _images(1000), -1), {}),
    "conv": lambda: ((_images(8, 64, 64, 32), _floats(3, 3, 32, 32)), {}),
    "conv_transpose": lambda: ((_images(8, 32, 32, 32), _floats(3, 3, 32, 32), 2), {"padding": "same"}),
    "depthwise_conv": lambda: ((_images(8, 64, 64, 32), _floats(3, 3, 32, 1)), {}),
    "separable_conv": lambda: ((_images(8, 64, 64, 32), _floats(3, 3, 32, 1), _floats(1, 1, 32, 32)), {}),
    "depth_to_space": lambda: ((_images(8, 64, 64, 32), 2), {"data_format": "channels_last"}),
    "space_to_depth": lambda: ((_images(8, 64, 64, 32), 2), {"data_format": "channels_last"}),
    "unfold": lambda: ((_images(4, 8, 64, 64), 3), {}),
    "fold": lambda: ((_images(4, 72, 3844), (64, 64), 3), {}),
    "dot_product_attention": lambda: tuple_of(*(_floats(8, 256, 8, 64) for _ in range(3))),
    "cdist": lambda: ((_floats(1000, 16), _floats(1000, 16)), {}),
    "cross": lambda: ((_floats(330_000, 3), _floats(330_000, 3)), {}),
    "kron": lambda: ((_floats(32, 32), _floats(32, 32)), {}),
    "outer": lambda: ((_floats(1000), _floats(1000)), {}),
    "vander": lambda: ((_floats(1000) / 2, 1000), {}),
    "diag": lambda: ((_floats(1000),), {}),
    "diagflat": lambda: ((_floats(1000),), {}),
    "correlate": lambda: ((_floats(100_000), _floats(64)), {}),
    "bincount": lambda: ((_integers(1000, ENTRIES),), {"minlength": 1000}),
    "histogram": lambda: ((_floats(ENTRIES), 100), {}),
    "digitize": lambda: ((_floats(ENTRIES), np.linspace(-2, 2, 100).astype("float32")), {}),
    "searchsorted": lambda: ((np.linspace(-2, 2, 1000).astype("float32"), _floats(ENTRIES)), {}),
    "isin": lambda: ((_integers(10_000, ENTRIES), _integers(10_000, 1000)), {}),
    "unique": lambda: ((_integers(10_000, ENTRIES),), {}),
    "argpartition": lambda: ((_floats(1000, 1000), 10), {}),
    "top_k": lambda: ((_floats(1000, 1000), 10), {}),
    "in_top_k": lambda: ((_integers(1000, 1000), _floats(1000, 1000), 5), {}),
    "segment_sum": lambda: ((_floats(ENTRIES), _integers(1000, ENTRIES), 1000), {}),
    "segment_max": lambda: ((_floats(ENTRIES), _integers(1000, ENTRIES), 1000), {}),
    "take": lambda: ((_floats(10_000, 100), _integers(10_000, 10_000)), {"axis": 0}),
    "take_along_axis": lambda: ((_floats(1000, 1000), _integers(1000, 1000, 1000)), {"axis": 1}),
    "one_hot": lambda: ((_integers(100, 10_000), 100), {}),
    "multi_hot": lambda: ((_integers(100, 10_000, 5), 100), {}),
    "scatter": lambda: ((_integers(100_000, 100_000, 1), _floats(100_000, 8), (100_000, 8)), {}),
    "scatter_update": lambda: ((_floats(100_000, 8), _integers(100_000, 10_000, 1), _floats(10_000, 8)), {}),
    "slice": lambda: ((_floats(1000, 1000), (10, 10), (900, 900)), {}),
    "slice_update": lambda: ((_floats(1000, 1000), (10, 10), _floats(900, 900)), {}),
    "sparse_categorical_crossentropy": lambda: ((_integers(100, 10_000), _floats(10_000, 100), True), {}),
    "categorical_crossentropy": lambda: ((_images(10_000, 100), _floats(10_000, 100), True), {}),
    "binary_crossentropy": lambda: ((_images(1000, 1000), _images(1000, 1000)), {}),
    "ctc_loss": lambda: (
        (1 + _integers(30, 32, 10), _floats(32, 100, 32), np.full(32, 10, "int32"), np.full(32, 100, "int32")),
        {},
    ),
    "ctc_decode": lambda: ((_floats(64, 100, 32), np.full(64, 100, "int32")), {}),
    "stft": lambda: ((_floats(16, 65_536), 256, 128, 256), {}),
    "istft": lambda: (([_floats(16, 256, 129), _floats(16, 256, 129)], 256, 128, 256), {}),
    "extract_sequences": lambda: ((_floats(16, 65_536), 256, 128), {}),
    "fft": lambda: tuple_of([_floats(1000, 1024), _floats(1000, 1024)]),
    "fft2": lambda: tuple_of([_floats(4, 512, 512), _floats(4, 512, 512)]),
    "ifft2": lambda: tuple_of([_floats(4, 512, 512), _floats(4, 512, 512)]),
    "rfft": lambda: tuple_of(_floats(1000, 1024)),
    "irfft": lambda: tuple_of([_floats(1000, 513), _floats(1000, 513)]),
    "cholesky": lambda: tuple_of(_matrices(1000, 32, 32)),
    "cholesky_inverse": lambda: tuple_of(np.linalg.cholesky(_matrices(256, 256))),
    "det": lambda: tuple_of(_matrices(1000, 32, 32) / 256),
    "slogdet": lambda: tuple_of(_matrices(1000, 32, 32)),
    "logdet": lambda: tuple_of(_matrices(1000, 32, 32)),
    "inv": lambda: tuple_of(_matrices(1000, 32, 32)),
    "solve": lambda: tuple_of(_matrices(1000, 32, 32), _floats(1000, 32, 8)),
    "solve_triangular": lambda: tuple_of(np.triu(_matrices(1000, 32, 32)), _floats(1000, 32, 8)),
    "lu_factor": lambda: tuple_of(_matrices(256, 256)),
    "qr": lambda: tuple_of(_floats(500, 32, 32)),
    "svd": lambda: tuple_of(_floats(500, 32, 32)),
    "pinv": lambda: tuple_of(_floats(500, 32, 32)),
    "matrix_rank": lambda: tuple_of(_floats(500, 32, 32)),
    "eig": lambda: tuple_of(_floats(200, 32, 32)),
    "eigh": lambda: tuple_of(_matrices(500, 32, 32)),
    "lstsq": lambda: tuple_of(_floats(1000, 100), _floats(1000)),
    "norm": lambda: tuple_of(_floats(1000, 1000)),
    "matmul": lambda: tuple_of(_floats(1000, 1000), _floats(1000, 1000)),
    "einsum": lambda: (("bij,bjk->bik", _floats(100, 100, 100), _floats(100, 100, 100)), {}),
    "tensordot": lambda: ((_floats(1000, 1000), _floats(1000, 1000), 1), {}),
    "eye": lambda: ((1000,), {}),
    "identity": lambda: ((1000,), {}),
    "tri": lambda: ((1000,), {}),
    "zeros": lambda: (((1000, 1000),), {}),
    "ones": lambda: (((1000, 1000),), {}),
    "full": lambda: (((1000, 1000), 2.0), {}),
    "empty": lambda: (((1000, 1000),), {}),
    "arange": lambda: ((ENTRIES,), {}),
    "linspace": lambda: ((0.0, 1.0, ENTRIES), {}),
    "logspace": lambda: ((0.0, 1.0, ENTRIES), {}),
    "geomspace": lambda: ((1.0, 2.0, ENTRIES), {}),
    "bartlett": lambda: ((ENTRIES,), {}),
    "blackman": lambda: ((ENTRIES,), {}),
    "hamming": lambda: ((ENTRIES,), {}),
    "hanning": lambda: ((ENTRIES,), {}),
    "kaiser": lambda: ((ENTRIES, 8.0), {}),
    "repeat": lambda: ((_floats(500, 1000), 2), {"axis": 0}),
    "tile": lambda: ((_floats(500, 1000), (2, 1)), {}),
    "pad": lambda: ((_floats(1000, 1000), ((1, 1), (2, 2))), {}),
    "roll": lambda: ((_floats(1000, 1000), 3), {"axis": 1}),
    "broadcast_to": lambda: ((_floats(1000), (1000, 1000)), {}),
    "reshape": lambda: ((_floats(1000, 1000), (500, 2000)), {}),
    "split": lambda: ((_floats(1000, 1000), 4), {}),
    "array_split": lambda: ((_floats(1000, 1000), 4), {}),
    "meshgrid": lambda: tuple_of(_floats(1000), _floats(1000)),
    "unravel_index": lambda: ((_integers(ENTRIES, ENTRIES), (1000, 1000)), {}),
    "associative_scan": lambda: ((np.add, _floats(1000, 1000)), {}),
    "normalize": lambda: tuple_of(_floats(1000, 1000)),
    "layer_normalization": lambda: tuple_of(_floats(1000, 1000), _floats(1000), _floats(1000)),
    "rms_normalization": lambda: tuple_of(_floats(1000, 1000), _floats(1000)),
    "moments": lambda: ((_floats(1000, 1000), [0]), {}),
    "rearrange": lambda: ((_floats(100, 100, 100), "a b c -> c (a b)"), {}),
    "view": lambda: ((_floats(1000, 1000), "int32"), {}),
    "cast": lambda: ((_floats(1000, 1000), "float16"), {}),
    "image.resize": lambda: ((_images(4, 256, 256, 4), (200, 300)), {"data_format": "channels_last"}),
    "image.affine_transform": lambda: (
        (_images(4, 256, 256, 4), np.tile(np.array([[1, 0.1, 2, -0.1, 1, 3, 0, 0]], "float32"), (4, 1))),
        {"data_format": "channels_last"},
    ),
    "image.perspective_transform": lambda: (
        (
            _images(4, 256, 256, 4),
            np.tile(np.array([[0, 0], [0, 255], [255, 0], [255, 255]], "float32"), (4, 1, 1)),
            np.tile(np.array([[5, 10], [0, 250], [250, 8], [240, 245]], "float32"), (4, 1, 1)),
        ),
        {"data_format": "channels_last"},
    ),
    "image.gaussian_blur": lambda: ((_images(4, 256, 256, 4),), {"data_format": "channels_last"}),
    "image.extract_patches": lambda: ((_images(4, 256, 256, 4), 8), {"data_format": "channels_last"}),
    "image.rgb_to_grayscale": lambda: ((_images(4, 256, 256, 3),), {"data_format": "channels_last"}),
    "image.rgb_to_hsv": lambda: ((_images(4, 256, 256, 3),), {"data_format": "channels_last"}),
    "image.hsv_to_rgb": lambda: ((_images(4, 256, 256, 3),), {"data_format": "channels_last"}),
    "image.map_coordinates": lambda: ((_images(1000, 1000), 999 * _images(2, 1000, 1000), 1), {}),
}


def tuple_of(*arguments: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments by position alone."""
    return arguments, {}


def arguments(op: Op) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """What an op is called with, tensors as NumPy arrays; `None` where there is no telling."""
    if op.name in SHAPES:
        return SHAPES[op.name]()
    for call in calls.calls(raising=False, first_dtype=True, only=op):
        grown = _grown(call)
        if grown is not None:
            return grown
    return None


def _grown(call: calls.Call) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """A case with each size above 1 times the same factor, so that its largest tensor has the entries."""
    case = call.case
    given = [*case.arguments, *case.keywords.values()]
    values = call.values()
    tensors = [v for p in call.op.tensor_parameters for v in calls.leaves([values[p.position]])]
    arrays = [v for v in tensors if isinstance(v, np.ndarray)]
    if not any(a.ndim and a.size > 1 for a in arrays) or any(callable(v) for v in given):
        return None
    largest = max(arrays, key=lambda a: (a.size, -a.ndim))
    growing = sum(size > 1 for size in largest.shape)
    factor = max(1, round((ENTRIES / largest.size) ** (1 / max(growing, 1))))

    def grow(value: Any) -> Any:
        if isinstance(value, Draw):
            made = Draw(tuple(s * factor if s > 1 else s for s in value.shape), value.low, value.high, value.dtype)
            return made.array(call.dtype)
        if isinstance(value, list) and any(isinstance(v, Draw) for v in value):
            return [grow(v) for v in value]
        array = value if isinstance(value, np.ndarray) else np.asarray(value)
        finite = array[np.isfinite(array)] if array.dtype.kind in "fiu" else array.ravel()
        shape = tuple(s * factor if s > 1 else s for s in array.shape)
        low, high = (finite.min(), finite.max()) if finite.size and array.dtype.kind in "fiu" else (0, 1)
        if array.dtype.kind == "b":
            return _random.integers(0, 2, shape).astype(bool)
        if array.dtype.kind in "iu":
            return _random.integers(low, high + 1, shape).astype("int32" if isinstance(value, list) else array.dtype)
        return _random.uniform(low, high, shape).astype("float32") if array.dtype.kind == "f" else None

    names = {p.name for p in call.op.tensor_parameters}
    positional = call.op.parameters
    args = []
    for number, value in enumerate(case.arguments):
        p = positional[min(number, len(positional) - 1)]
        args.append(grow(value) if p.name in names and isinstance(value, (Draw, list, np.ndarray)) else value)
    named = {
        k: grow(v) if k in names and isinstance(v, (Draw, list, np.ndarray)) else v for k, v in case.keywords.items()
    }
    if any(v is None for v in args):
        return None
    bound = call.op.signature.bind(*args, **named)
    bound.apply_defaults()
    try:
        call.op.result_spec(list(bound.arguments.values()))
    except MultikerasError:
        return None
    return tuple(args), named
