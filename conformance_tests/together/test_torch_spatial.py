"""Layers on signals, images and volumes compiled by torch: one graph without a break, with gradients, in training."""

from __future__ import annotations

import numpy as np
import pytest
from multikeras_conformance.layer_cases import LayerCase, convolutional, pooling, regularization, reshaping

import multikeras as keras
from multikeras import layers, ops

torch = pytest.importorskip("torch")

CASES = [*convolutional.CASES, *pooling.CASES, *reshaping.CASES, *regularization.CASES]


@pytest.fixture(autouse=True)
def _on_torch():
    import torch._dynamo

    with keras.use_backend("torch"):
        torch._dynamo.reset()
        # Noise by torch's own kernels: portable draws are the host's.
        keras.config.set_random("fast")
        yield
        torch._dynamo.reset()


def counted():
    """A backend of the compiler that runs the graph as it is, and a list of the graphs that it got."""
    graphs = []

    def backend(graph, inputs):
        graphs.append(graph)
        return graph.forward

    return backend, graphs


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
@pytest.mark.parametrize("case", CASES, ids=str)
def test_layer_is_one_graph(case: LayerCase) -> None:
    """The compiled layer gives what the eager one does, and its gradients."""
    layer, x = case.make(), torch.from_numpy(case.inputs())
    # A layer learns from its first call whether it adds losses.
    layer(x)
    expected = layer(x)
    frames, graphs = counted()
    compiled = torch.compile(layer, backend=frames, fullgraph=True)
    x.requires_grad_()
    received = compiled(x)
    assert len(graphs) <= 1
    torch.testing.assert_close(received, expected)
    weights = [v.value for v in layer.trainable_variables]
    direction = torch.randn_like(expected)
    gradients = [
        torch.autograd.grad((y * direction).sum(), [x, *weights], allow_unused=True) for y in (received, layer(x))
    ]
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("case", regularization.CASES, ids=str)
def test_noise_in_training_is_one_graph(case: LayerCase) -> None:
    """Each call of the compiled layer draws anew, without a new trace, from torch's global generator."""
    layer, x = case.make(**({"seed": None} if "seed" in case.arguments else {})), torch.from_numpy(case.inputs())
    layer(x)
    frames, graphs = counted()
    compiled = torch.compile(lambda y: layer(y, training=True), backend=frames, fullgraph=True)
    first, second = compiled(x), compiled(x)
    assert len(graphs) <= 1
    changes = case.arguments.get("rate", case.arguments.get("stddev")) > 0
    assert torch.equal(first, second) != changes


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos3"])
def test_resizing_of_unknown_sizes_is_one_graph(interpolation: str) -> None:
    """One trace serves images of several sizes."""
    frames, graphs = counted()
    layer = layers.UpSampling2D(2, interpolation=interpolation)
    layer(torch.ones(1, 2, 2, 3))
    compiled = torch.compile(layer, backend=frames, fullgraph=True, dynamic=True)
    for height, width in ((5, 7), (6, 9), (11, 8)):
        x = torch.from_numpy(np.random.default_rng(0).normal(size=(2, height, width, 3)).astype("float32"))
        torch.testing.assert_close(compiled(x), layer(x))
    assert len(graphs) == 1


@pytest.mark.parametrize(
    "options", [{"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True}, {"antialias": True}]
)
def test_resizing_to_an_aspect_ratio_is_one_graph(options: dict) -> None:
    """With every option."""
    frames, graphs = counted()
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 9, 5, 3)).astype("float32"))
    compiled = torch.compile(lambda y: ops.image.resize(y, (4, 6), **options), backend=frames, fullgraph=True)
    torch.testing.assert_close(compiled(x), ops.image.resize(x, (4, 6), **options))
    assert len(graphs) == 1
