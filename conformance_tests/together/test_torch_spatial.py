"""Layers on signals, images and volumes compiled by torch: one graph without a break, with gradients, in training."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from multikeras_conformance.layer_cases import LayerCase, regularization

import multikeras as keras
from multikeras import layers, ops

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("on_torch")


@pytest.mark.parametrize("case", regularization.CASES, ids=str)
def test_noise_in_training_is_one_graph(case: LayerCase, graphs) -> None:
    """Each call of the compiled layer draws anew, without a new trace, from torch's global generator."""
    layer, x = case.make(**({"seed": None} if "seed" in case.arguments else {})), torch.from_numpy(case.inputs())
    layer(x)
    compiled = torch.compile(lambda y: layer(y, training=True), backend=graphs, fullgraph=True)
    first, second = compiled(x), compiled(x)
    assert graphs.frame_count <= 1
    changes = case.arguments.get("rate", case.arguments.get("stddev")) > 0
    assert torch.equal(first, second) != changes


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos3"])
def test_resizing_of_unknown_sizes_is_one_graph(interpolation: str, graphs) -> None:
    """One trace serves images of several sizes."""
    layer = layers.UpSampling2D(2, interpolation=interpolation)
    layer(torch.ones(1, 2, 2, 3))
    compiled = torch.compile(layer, backend=graphs, fullgraph=True, dynamic=True)
    for height, width in ((5, 7), (6, 9), (11, 8)):
        x = torch.from_numpy(np.random.default_rng(0).normal(size=(2, height, width, 3)).astype("float32"))
        torch.testing.assert_close(compiled(x), layer(x))
    assert graphs.frame_count == 1


@pytest.mark.parametrize(
    "options", [{"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True}, {"antialias": True}]
)
def test_resizing_to_an_aspect_ratio_is_one_graph(options: dict, graphs) -> None:
    """With every option."""
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 9, 5, 3)).astype("float32"))
    compiled = torch.compile(lambda y: ops.image.resize(y, (4, 6), **options), backend=graphs, fullgraph=True)
    torch.testing.assert_close(compiled(x), ops.image.resize(x, (4, 6), **options))
    assert graphs.frame_count == 1


# -- How kernels lie in memory -----------------------------------------------------------------------------------------


def _is_channels_last(kernel) -> bool:
    axes = kernel.ndim - 2
    form = torch.channels_last if axes == 2 else torch.channels_last_3d
    return kernel.permute(axes + 1, axes, *range(axes)).is_contiguous(memory_format=form)


@pytest.mark.parametrize("make", [lambda: layers.Conv2D(6, 3), lambda: layers.Conv3D(6, 2)], ids=["2D", "3D"])
def test_kernel_is_never_repacked(make) -> None:
    """It lies as torch's kernels take it: when made, assigned, loaded, copied and trained; values are Keras's."""
    layer = make()
    x = torch.randn(2, *(5,) * layer.rank, 4)
    layer(x)
    values = np.random.default_rng(0).normal(size=layer.kernel.shape).astype("float32")
    state = layer.state_dict()
    twin = make()
    twin(x)
    twin.load_state_dict(state)
    layer.kernel.assign(values)
    np.testing.assert_array_equal(layer.kernel.numpy(), values)
    model = keras.Sequential([keras.Input(x.shape[1:]), layer, layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x.numpy(), np.zeros((2, 1), "float32"), epochs=2, verbose=0)
    for kernel in (layer.kernel, twin.kernel, copy.deepcopy(layer).kernel):
        assert _is_channels_last(kernel.value)
    assert all(_is_channels_last(v.value) for v in model.optimizer.variables if len(v.shape) == layer.rank + 2)
    (gradient,) = torch.autograd.grad(layer(x).sum(), [layer.kernel.value])
    assert gradient.stride() == layer.kernel.value.stride()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Adam", {}),
        ("Adam", {"amsgrad": True}),
        ("AdamW", {"weight_decay": 0.1}),
        ("SGD", {}),
        ("SGD", {"momentum": 0.9}),
        ("SGD", {"momentum": 0.9, "nesterov": True}),
        ("RMSprop", {"momentum": 0.5, "centered": True}),
        ("Adagrad", {}),
    ],
    ids=str,
)
@pytest.mark.parametrize("lies", ["as made", "in rows", "spread"])
def test_step_of_a_kernel_is_numpys(name: str, arguments: dict, lies: str) -> None:
    """Steps that go through memory as it lies take the right entries together, however gradients lie."""
    rng = np.random.default_rng(1)
    start = [rng.normal(size=(3, 2, 4, 5)).astype("float32"), rng.normal(size=(4, 5)).astype("float32")]
    ends = []
    for backend in ("torch", "numpy"):
        with keras.use_backend(backend):
            variables = [keras.Variable(w) for w in start]
            optimizer = getattr(keras.optimizers, name)(learning_rate=0.05, **arguments)
            steps = np.random.default_rng(2)
            for _ in range(3):
                arrays = [steps.normal(size=w.shape).astype("float32") for w in start]
                if lies == "spread":
                    arrays[0][...] = arrays[0][:1, :1]
                gradients = [ops.convert_to_tensor(g) for g in arrays]
                if backend == "torch" and lies == "as made":
                    gradients[0] = torch.empty_like(variables[0].value).copy_(gradients[0])
                elif backend == "torch" and lies == "spread":
                    gradients[0] = gradients[0][:1, :1].expand(3, 2, 4, 5)
                optimizer.apply(gradients, variables)
            ends.append([v.numpy() for v in variables])
    for received, wanted in zip(*ends, strict=True):
        np.testing.assert_allclose(received, wanted, rtol=2e-5, atol=2e-6)


def test_convolution_in_float16_is_that_in_float32() -> None:
    """Also for the sizes at which torch's own kernel for CPUs is wrong."""
    rng = np.random.default_rng(0)
    x, kernel = (rng.standard_normal(shape).astype("float16") for shape in ((2, 5, 3, 3), (2, 3, 3, 4)))
    received = ops.conv(torch.tensor(x), torch.tensor(kernel), strides=2).numpy()
    wanted = ops.conv(torch.tensor(x, dtype=torch.float32), torch.tensor(kernel, dtype=torch.float32), strides=2)
    np.testing.assert_allclose(received, wanted.numpy(), rtol=2e-3, atol=2e-2)
