"""The public random functions.

In fast mode the framework's own generator draws, from an explicit key; in portable mode
(`config.set_random("portable")`)
NumPy does on the host, so that the numbers are bit-identical on all backends, also inside compiled steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from multikeras import config, ops
from multikeras.backend.contract import Capability
from multikeras.backend.select import current
from multikeras.backend.spec import Spec
from multikeras.dtypes import lattice
from multikeras.errors import ArgumentError, DTypeError, NotSupportedError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.random import portable
from multikeras.random.seed import draw_key
from multikeras.state.scope import scopes


def _float_dtype(dtype: Any) -> str:
    name = lattice.standardize(dtype)
    if not lattice.is_float(name):
        raise DTypeError("These draws are floats.", received=f"dtype={dtype!r}", hint="dtype='float32'")
    return name


def _sizes(shape: Any) -> Any:
    """The sizes of a shape, which may be a tensor whose values are known when a step runs."""
    if type(shape) is tuple or type(shape) is list or not ops.is_tensor(shape):
        return shape
    return tuple(shape[i] for i in range(shape.shape[0]))


def _symbolic(shape: Any) -> bool:
    return any(s is None for s in shape) or scopes.symbolic


def _on_host(function: Callable, shape: Any, dtype: str, seed: Any, *tensors: Any) -> Any:
    """A draw that NumPy makes: `function(key, shape, *arrays)`."""
    backend = current()
    key = draw_key(seed, explicit=True)
    if Capability.HOST_CALL not in backend.can:
        raise NotSupportedError(
            f"The {backend.name} backend cannot draw on the host.", hint="multikeras.config.set_random('fast')"
        )
    if all(hasattr(size, "__index__") and not ops.is_tensor(size) for size in shape):
        shape = tuple(shape)
        return backend.compile.host_call(lambda key, *xs: function(key, shape, *xs), Spec(shape, dtype), key, *tensors)
    # Sizes that are known when the step runs.
    spec = Spec(tuple(None if ops.is_tensor(size) else size for size in shape), dtype)
    return backend.compile.host_call(
        lambda key, sizes, *xs: function(key, tuple(sizes.tolist()), *xs), spec, key, ops.stack(list(shape)), *tensors
    )


def _is_portable() -> bool:
    return config.random_mode() == "portable"


def uniform(shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Floats drawn uniformly from [minval, maxval).

    Args:
        shape: The result's shape.
        minval: Lower bound, included.
        maxval: Upper bound, excluded.
        dtype: A float dtype, floatx by default.
        seed: An integer (the same draw each time), a `SeedGenerator`, or `None`.

    Raises:
        DTypeError: `dtype` is no float.

    ```python
    >>> uniform((2, 3), seed=1).shape
    (2, 3)

    ```
    """
    name = _float_dtype(dtype)
    shape = _sizes(shape)
    if _symbolic(shape):
        return KerasTensor(shape, name)
    if _is_portable():
        span = maxval - minval if _plain(minval, maxval) else ops.subtract(maxval, minval)
        return _scaled_on_host(portable.uniform, shape, name, seed, span, minval)
    drawn = current().random.uniform(draw_key(seed), tuple(shape), name)
    if minval == 0.0 and maxval == 1.0:
        return drawn
    return ops.add(ops.multiply(drawn, ops.cast(ops.subtract(maxval, minval), name)), ops.cast(minval, name))


def normal(shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> Any:
    """Floats drawn from a normal distribution.

    Args:
        shape: The result's shape.
        mean: The distribution's mean.
        stddev: Its standard deviation.
        dtype: A float dtype, floatx by default.
        seed: An integer (the same draw each time), a `SeedGenerator`, or `None`.

    Raises:
        DTypeError: `dtype` is no float.

    ```python
    >>> normal((2, 3), seed=1).shape
    (2, 3)

    ```
    """
    name = _float_dtype(dtype)
    shape = _sizes(shape)
    if _symbolic(shape):
        return KerasTensor(shape, name)
    if _is_portable():
        return _scaled_on_host(portable.normal, shape, name, seed, stddev, mean)
    return _scaled(current().random.normal(draw_key(seed), tuple(shape), name), mean, stddev, name)


def _plain(*values: Any) -> bool:
    return all(isinstance(v, (int, float)) for v in values)


def _scaled_on_host(draw: Callable, shape: Any, dtype: str, seed: Any, scale: Any, offset: Any) -> Any:
    """`draw * scale + offset`, all of it on the host: compilers would fuse the two and round once instead of twice."""
    kind = lattice.numpy_dtype(dtype)

    def scaled(key: np.ndarray, shape: Any, scale: Any = scale, offset: Any = offset) -> np.ndarray:
        return draw(key, shape, dtype) * np.asarray(scale, kind) + np.asarray(offset, kind)

    tensors = () if _plain(scale, offset) else (ops.cast(scale, dtype), ops.cast(offset, dtype))
    return _on_host(scaled, shape, dtype, seed, *tensors)


def _scaled(drawn: Any, mean: Any, stddev: Any, dtype: str) -> Any:
    return ops.add(ops.multiply(drawn, ops.cast(stddev, dtype)), ops.cast(mean, dtype))


def truncated_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Any:
    """Floats drawn from a normal distribution cut off at two standard deviations from the mean.

    Args:
        shape: The result's shape.
        mean: The mean of the distribution before it is cut.
        stddev: Its standard deviation before it is cut.
        dtype: A float dtype, floatx by default.
        seed: An integer (the same draw each time), a `SeedGenerator`, or `None`.

    Raises:
        DTypeError: `dtype` is no float.

    ```python
    >>> bool(abs(truncated_normal((100,), seed=1)).max() <= 2)
    True

    ```
    """
    name = _float_dtype(dtype)
    shape = _sizes(shape)
    if _symbolic(shape):
        return KerasTensor(shape, name)
    if _is_portable():
        return _scaled_on_host(portable.truncated_normal, shape, name, seed, stddev, mean)
    # The quantiles of a uniform draw between the cut-offs: erf(±2 / sqrt(2)) = ±0.9545.
    bound = 0.9544997361036416
    drawn = uniform(shape, -bound, bound, "float64" if name == "float64" else "float32", seed)
    drawn = ops.cast(ops.clip(ops.multiply(ops.erfinv(drawn), 2**0.5), -2.0, 2.0), name)
    return _scaled(drawn, mean, stddev, name)


def randint(shape: Sequence[int], minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Integers drawn uniformly from [minval, maxval).

    Args:
        shape: The result's shape.
        minval: Lower bound, included.
        maxval: Upper bound, excluded.
        dtype: An integer dtype.
        seed: An integer (the same draw each time), a `SeedGenerator`, or `None`.

    Raises:
        DTypeError: `dtype` is no integer's.
        ArgumentError: There is no integer between the bounds.

    ```python
    >>> randint((3,), 5, 6).tolist()
    [5, 5, 5]

    ```
    """
    name = lattice.standardize(dtype)
    if not lattice.is_integer(name):
        raise DTypeError("These draws are integers.", received=f"dtype={dtype!r}", hint="dtype='int32'")
    shape = _sizes(shape)
    if _symbolic(shape):
        return KerasTensor(shape, name)
    low, high = int(minval), int(maxval)
    if low >= high:
        raise ArgumentError("minval lies below maxval.", received=f"minval={minval}, maxval={maxval}")
    if _is_portable():
        return _on_host(lambda key, shape: portable.randint(key, shape, low, high, name), shape, name, seed)
    return current().random.randint(draw_key(seed), tuple(shape), low, high, name)


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Any:
    """Classes drawn with the probabilities `softmax(logits)`.

    By the Gumbel-max trick: `argmax(logits - log(-log(u)))`. Source: Gumbel (1954), "Statistical theory of extreme
    values".

    Args:
        logits: Floats of shape (batch, classes).
        num_samples: How many draws for each row.
        dtype: An integer dtype.
        seed: An integer (the same draw each time), a `SeedGenerator`, or `None`.

    Returns:
        Integers of shape (batch, num_samples).

    ```python
    >>> categorical(ops.array([[0.0, 100.0]]), 3, seed=1).tolist()
    [[1, 1, 1]]

    ```
    """
    batch, classes = ops.shape(logits)
    name = lattice.standardize(dtype)
    if isinstance(logits, KerasTensor) or batch is None:
        return KerasTensor((batch, num_samples), name)
    logits = ops.cast(logits, lattice.to_float(ops.dtype(logits)))
    tiny = 1e-7
    drawn = uniform((batch, num_samples, classes), tiny, 1.0, ops.dtype(logits), seed)
    gumbel = ops.negative(ops.log(ops.negative(ops.log(drawn))))
    return ops.cast(ops.argmax(ops.add(ops.expand_dims(logits, 1), gumbel), axis=-1), name)


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """Entries set to zero with probability `rate`, the others divided by `1 - rate`.

    Source: Srivastava et al. (2014), "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15.

    Args:
        inputs: A float tensor.
        rate: A probability in [0, 1].
        noise_shape: The shape of the draw, which broadcasts with `inputs`; that of `inputs` by default.
        seed: An integer (the same draw each time), a `SeedGenerator`, or `None`.

    Returns:
        A tensor like `inputs`.

    ```python
    >>> dropout(ops.ones((2, 2)), 0.0).tolist()
    [[1.0, 1.0], [1.0, 1.0]]

    ```
    """
    if isinstance(inputs, KerasTensor):
        return KerasTensor(inputs.shape, inputs.dtype)
    if rate <= 0:
        return inputs
    if rate >= 1:
        return ops.zeros_like(inputs)
    sizes = ops.shape(inputs)
    if noise_shape is not None:
        noise_shape = tuple(sizes[i] if s is None else s for i, s in enumerate(noise_shape))
    if _is_portable():
        shape = sizes if noise_shape is None else noise_shape
        kept = ops.greater_equal(uniform(shape, dtype="float32", seed=seed), ops.cast(rate, "float32"))
        return ops.where(
            kept, ops.multiply(inputs, ops.cast(1 / (1 - rate), ops.dtype(inputs))), ops.zeros_like(inputs)
        )
    return current().random.dropout(draw_key(seed), inputs, rate, noise_shape)


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Any:
    """The slices of a tensor along an axis, in random order.

    Args:
        x: A tensor with at least one axis.
        axis: The axis to shuffle along.
        seed: An integer (the same draw each time), a `SeedGenerator`, or `None`.

    Returns:
        A tensor like `x`.

    ```python
    >>> sorted(shuffle(ops.array([3, 1, 2]), seed=1).tolist())
    [1, 2, 3]

    ```
    """
    if isinstance(x, KerasTensor):
        return KerasTensor(x.shape, x.dtype)
    size = ops.shape(x)[axis]
    if _is_portable():
        order = _on_host(lambda key, shape: portable.permutation(key, shape[0]), (size,), "int32", seed)
    else:
        order = current().random.permutation(draw_key(seed), size)
    return ops.take(x, order, axis=axis)


def gamma(shape: Sequence[int], alpha: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Floats drawn, on the host, from the gamma distribution with shape parameter `alpha` and scale 1.

    Args:
        shape: The result's shape.
        alpha: A positive number, or a tensor that broadcasts to `shape`.
        dtype: A float dtype, floatx by default.
        seed: An integer (the same draw each time), a `SeedGenerator`, or `None`.

    ```python
    >>> bool((gamma((4,), 2.0, seed=1) > 0).all())
    True

    ```
    """
    return _distribution("standard_gamma", shape, _float_dtype(dtype), seed, alpha)


def beta(shape: Sequence[int], alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Floats drawn, on the host, from the beta distribution.

    Args:
        shape: The result's shape.
        alpha: The first shape parameter: a positive number, or a tensor that broadcasts to `shape`.
        beta: The second one.
        dtype: A float dtype, floatx by default.
        seed: An integer (the same draw each time), a `SeedGenerator`, or `None`.

    ```python
    >>> bool((beta((4,), 2.0, 3.0, seed=1) < 1).all())
    True

    ```
    """
    return _distribution("beta", shape, _float_dtype(dtype), seed, alpha, beta)


def binomial(shape: Sequence[int], counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None) -> Any:
    """Numbers of successes drawn, on the host, from the binomial distribution.

    Args:
        shape: The result's shape.
        counts: The number of trials: a number, or a tensor that broadcasts to `shape`.
        probabilities: The probability of success in [0, 1], likewise.
        dtype: A float dtype, floatx by default.
        seed: An integer (the same draw each time), a `SeedGenerator`, or `None`.

    ```python
    >>> binomial((3,), 4, 1.0, seed=1).tolist()
    [4.0, 4.0, 4.0]

    ```
    """
    return _distribution("binomial", shape, _float_dtype(dtype), seed, counts, probabilities)


def _distribution(name: str, shape: Any, dtype: str, seed: Any, *parameters: Any) -> Any:
    shape = _sizes(shape)
    if _symbolic(shape) or any(isinstance(p, KerasTensor) for p in parameters):
        return KerasTensor(shape, dtype)

    def draw(key: np.ndarray, size: tuple[int, ...], *values: np.ndarray) -> np.ndarray:
        numbers = [v.astype(np.int64) if name == "binomial" and i == 0 else v for i, v in enumerate(values)]
        drawn = getattr(portable.generator(key), name)(*numbers, size=size)
        return np.asarray(drawn).astype(lattice.numpy_dtype(dtype))

    tensors = [ops.cast(ops.convert_to_tensor(p), "float32") for p in parameters]
    return _on_host(draw, shape, dtype, seed, *tensors)
