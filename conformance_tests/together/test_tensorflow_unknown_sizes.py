"""Every op in a function of TensorFlow whose arguments have no known size: values and gradients as outside.

That is what models meet whose batches, images or sequences differ in size, and what is saved for serving.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from multikeras_conformance import calls
from multikeras_conformance.calls import Call

import multikeras as keras
from multikeras.errors import MultikerasError
from multikeras.ops._op import DECLARED, Op
from multikeras.testing import assert_close

tf = pytest.importorskip("tensorflow")

HOST_KERNELS = {"PyFunc", "PyFuncStateless", "EagerPyFunc"}
# Portable draws, which tests of this folder are set to, are made on the host.
DRAW = {"image.elastic_transform"}
SMOOTH = (tf.float32, tf.complex64)


@pytest.fixture(autouse=True)
def _on_tensorflow():
    with keras.use_backend("tensorflow"):
        yield


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "op" in metafunc.fixturenames:
        found = [op for op in DECLARED.values() if op.tensor_parameters]
        metafunc.parametrize("op", found, ids=lambda op: op.name)


def _calls(op: Op) -> list[Call]:
    """The calls whose results can be told without sizes."""
    found = []
    for call in calls.calls(raising=False, first_dtype=True, only=op):
        values = call.values()
        if isinstance(calls.rule_of(call, values), MultikerasError) or not call.case.unknown_sizes:
            continue
        arrays = [v for v in calls.leaves(values) if isinstance(v, np.ndarray)]
        if not arrays or (("conv" in op.name or "pool" in op.name) and not arrays[0].size):
            # Of an empty batch of images TensorFlow's own kernels return the sizes they were given, or end the process.
            continue
        if op.name in ("lstm", "gru") and not arrays[0].size:
            # Of no steps TensorFlow can't stack the outputs, whose sizes are not known either.
            continue
        try:
            calls.run(call, calls.symbolic(values, -1)[0])
        except MultikerasError:
            # A size that the op must know, as how many tensors to unstack.
            continue
        found.append(call)
    return found


def _filled(values: Any, tensors: Any) -> Any:
    if isinstance(values, (list, tuple)):
        return type(values)(_filled(v, tensors) for v in values)
    return next(tensors) if isinstance(values, tf.Tensor) else values


def _weighted(result: Any) -> Any:
    """The sum of a result's entries, each times a number of its own."""
    if result.dtype is tf.complex64:
        return _weighted(tf.stack([tf.math.real(result), tf.math.imag(result)], -1))
    numbers = tf.sin(1.0 + tf.range(tf.size(result), dtype=tf.float32))
    return tf.reduce_sum(tf.cast(result, tf.float32) * tf.reshape(numbers, tf.shape(result)))


def test_op_of_unknown_sizes_is_the_eager_one(op: Op) -> None:
    """All cases in one graph, which asks nothing of the host."""
    taken = _calls(op)
    natives = [calls.native(call, call.values()) for call in taken]
    given = [[x for x in calls.leaves(values) if isinstance(x, tf.Tensor)] for values in natives]

    def results(tensors: Any) -> list[Any]:
        rows = zip(taken, natives, tensors, strict=True)
        return [calls.leaves(calls.run(call, _filled(values, iter(row)))) for call, values, row in rows]

    def both(tensors: Any) -> tuple[list[Any], list[Any]]:
        smooth = [row for call, row in zip(taken, tensors, strict=True) if call.case.gradient]
        watched = [x for row in smooth for x in row if x.dtype in SMOOTH and op.differentiable is not False]
        with tf.GradientTape() as tape:
            tape.watch(watched)
            found = results(tensors)
            floats = [r for row in found for r in row if r.dtype in SMOOTH]
            total = tf.add_n([_weighted(r) for r in floats]) if floats else tf.constant(0.0)
        return found, [tf.convert_to_tensor(g) for g in tape.gradient(total, watched, unconnected_gradients="zero")]

    signature = [[tf.TensorSpec([None] * x.shape.rank, x.dtype) for x in row] for row in given]
    graph = tf.function(both, autograph=False, input_signature=[signature])
    expected, received = both(given), graph(given)
    for call, wanted, row in zip(taken, expected[0], received[0], strict=True):
        for a, b in zip(row, wanted, strict=True):
            assert (a.shape, a.dtype) == (b.shape, b.dtype), call.context()
            name = calls.current().tensors.spec_of(b).dtype
            assert_close(calls.to_numpy(a), calls.to_numpy(b), name, 2 * (call.case.tolerance or 8), call.context())
    for a, b in zip(received[1], expected[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-5)
    kernels = {node.type for node in graph.get_concrete_function().graph.get_operations()}
    assert op.name in DRAW or not kernels & HOST_KERNELS
