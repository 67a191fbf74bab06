"""On torch a layer is an `nn.Module`: what users of torch rely on."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers, ops
from multikeras.testing import assert_close

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0, 16, size=(24, 8, 8, 1)).astype("float32")
LABELS = RNG.integers(0, 10, size=24)


@pytest.fixture(autouse=True)
def _on_torch():
    keras.config.set_random("fast")
    with keras.use_backend("torch"):
        yield


class Tower(keras.Model):
    """Layers in an attribute, a list and a dict, two of them with one name; a weight of its own; state of all kinds."""

    def __init__(self):
        super().__init__()
        self.first = layers.Dense(6, name="same")
        self.blocks = [layers.Dense(6, activation="tanh", name="same"), layers.BatchNormalization()]
        self.heads = {"left": layers.Dense(2)}
        self.scale = self.add_weight(shape=(), initializer="ones", name="scaling")
        self.drop = layers.Dropout(0.5, seed=3)

    def call(self, x, training=False):
        x = self.first(x)
        for block in self.blocks:
            x = block(x)
        return self.heads["left"](self.drop(x)) * self.scale


TOWER_PARAMETERS = {
    "scale": (),
    "first.kernel": (4, 6),
    "first.bias": (6,),
    "blocks_0.kernel": (6, 6),
    "blocks_0.bias": (6,),
    "blocks_1.gamma": (6,),
    "blocks_1.beta": (6,),
    "heads_left.kernel": (6, 2),
    "heads_left.bias": (2,),
}
TOWER_BUFFERS = {"blocks_1.moving_mean": (6,), "blocks_1.moving_variance": (6,)}


def tower():
    model = Tower()
    model(np.zeros((2, 4), "float32"))
    return model


def rows(count=8):
    return torch.from_numpy(np.random.default_rng(1).normal(size=(count, 4)).astype("float32"))


def host(x):
    return x.detach().numpy()


# -- What torch finds in it -------------------------------------------------------------------------------------------


def test_layer_is_a_module() -> None:
    """On torch, and on no other backend; its class says what the user wrote."""
    layer = layers.Dense(2)
    assert isinstance(layer, torch.nn.Module)
    assert isinstance(layer, layers.Dense)
    assert type(layer).__name__ == "Dense"
    with keras.use_backend("numpy"):
        assert not isinstance(layers.Dense(2), torch.nn.Module)


def test_weights_are_parameters_and_statistics_are_buffers() -> None:
    """They are named by attributes, wherever they are held, and are the very tensors that the variables hold."""
    model = tower()
    parameters, buffers = dict(model.named_parameters()), dict(model.named_buffers())
    assert {name: tuple(p.shape) for name, p in parameters.items()} == TOWER_PARAMETERS
    assert {name: tuple(b.shape) for name, b in buffers.items()} == TOWER_BUFFERS
    assert all(isinstance(p, torch.nn.Parameter) and p.requires_grad for p in parameters.values())
    assert not any(b.requires_grad for b in buffers.values())
    assert parameters["blocks_0.kernel"] is model.blocks[0].kernel.value
    assert {id(p) for p in parameters.values()} == {id(v.value) for v in model.trainable_variables}
    assert {id(b) for b in buffers.values()} == {id(v.value) for v in model.non_trainable_weights}
    assert set(model.state_dict()) == {*TOWER_PARAMETERS, *TOWER_BUFFERS, "drop.seed_generator"}


def test_modules_are_the_layers() -> None:
    """Children and the modules of dotted names; a layer that is put into a list later counts too."""
    model = tower()
    assert [name for name, _ in model.named_children()] == ["first", "blocks_0", "blocks_1", "heads_left", "drop"]
    assert model.get_submodule("blocks_1") is model.blocks[1]
    assert model.get_parameter("blocks_0.kernel") is model.blocks[0].kernel.value
    extra = layers.Dense(3)
    extra.build((2, 6))
    model.blocks.append(extra)
    assert tuple(model.get_parameter("blocks_2.kernel").shape) == (6, 3)


def test_names_of_a_graph_do_not_depend_on_what_was_made_before() -> None:
    """Numbers that were made up are counted from the start, names that were given stay: a state fits the next model."""

    def make():
        return keras.Sequential(
            [
                keras.Input((4,)),
                layers.Dense(3),
                layers.Dense(3),
                layers.BatchNormalization(),
                layers.Dense(1, name="out"),
            ]
        )

    first, second = make(), make()
    assert list(first.state_dict()) == list(second.state_dict())
    assert {name.partition(".")[0] for name, _ in second.named_parameters()} == {
        "dense",
        "dense_1",
        "batch_normalization",
        "out",
    }
    second.load_state_dict(first.state_dict())
    for a, b in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_frozen_weights_stay_parameters_without_gradients() -> None:
    """`trainable` and `requires_grad` say the same, whichever is set."""
    model = tower()
    model.first.trainable = False
    assert [name for name, p in model.named_parameters() if not p.requires_grad] == ["first.kernel", "first.bias"]
    model.first.requires_grad_(True)
    model.blocks[0].requires_grad_(False)
    assert [v.path for v in model.trainable_variables if not v.value.requires_grad] == []
    assert {id(v) for v in model.non_trainable_variables} >= {id(v) for v in model.blocks[0].weights}
    assert len(model.trainable_variables) == len(TOWER_PARAMETERS) - 2
    assert not any(b.requires_grad for b in model.requires_grad_(True).buffers())


def test_shared_layer_is_listed_once() -> None:
    """A layer that is held twice has its parameters once."""

    class Twice(keras.Model):
        def __init__(self):
            super().__init__()
            self.one = layers.Dense(4)
            self.other = [self.one]

        def call(self, x):
            return self.other[0](self.one(x))

    model = Twice()
    model(rows())
    assert [name for name, _ in model.named_parameters()] == ["one.kernel", "one.bias"]


def test_what_torch_registers_itself_stays() -> None:
    """Parameters, buffers and modules of torch's own in a layer are found beside the layer's variables."""

    class Mixed(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(4)
            self.inner = [torch.nn.Linear(4, 2)]
            self.shift = torch.nn.Parameter(torch.zeros(2))
            self.register_buffer("table", torch.arange(3.0))
            self.register_parameter("gain", torch.nn.Parameter(torch.ones(2)))

        def call(self, x):
            return self.inner[0](self.dense(x)) * self.gain + self.shift + self.table[0]

    layer = Mixed()
    x = rows()
    expected = host(layer(x))
    names = {"gain", "shift", "inner_0.weight", "inner_0.bias", "dense.kernel", "dense.bias"}
    assert {name for name, _ in layer.named_parameters()} == names
    assert [name for name, _ in layer.named_buffers()] == ["table"]
    twin = Mixed()
    twin(x)
    twin.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(host(twin(x)), expected)


def test_torch_computes_with_variables() -> None:
    """Functions and operators take a variable for its value, on either side and in lists; gradients reach it."""
    v = keras.Variable([1.0, 2.0])
    x = torch.tensor([3.0, 4.0])
    for y, expected in (
        (x * v, [3.0, 8.0]),
        (v - x, [-2.0, -2.0]),
        (torch.exp(v), np.exp([1.0, 2.0])),
        (torch.cat([v, x]), [1.0, 2.0, 3.0, 4.0]),
        (torch.where(x > 3, input=v, other=x), [3.0, 2.0]),
    ):
        assert type(y) is torch.Tensor
        np.testing.assert_allclose(host(y), expected, rtol=1e-6)
    torch.dot(x, v).backward()
    np.testing.assert_array_equal(host(v.value.grad), [3.0, 4.0])


# -- States -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("assign", [False, True])
def test_state_comes_back(assign: bool) -> None:
    """Also statistics, also through a file; `assign=True` copies too, so that variables keep their tensors."""
    model, twin = tower(), tower()
    model(rows(), training=True)
    model.drop.seed_generator.next()
    result = twin.load_state_dict(model.state_dict(), assign=assign)
    assert not result.missing_keys
    assert not result.unexpected_keys
    for a, b in zip(model.variables, twin.variables, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert isinstance(twin.first.kernel, keras.Variable)
    np.testing.assert_array_equal(host(model(rows())), host(twin(rows())))


def test_state_that_does_not_fit_is_refused() -> None:
    """With torch's error, and `strict=False` says what is missing."""
    model = tower()
    state = model.state_dict()
    state["more"] = state.pop("first.kernel")
    with pytest.raises(RuntimeError, match=r"Missing key.*first\.kernel.*\n.*Unexpected key.*more"):
        model.load_state_dict(state)
    result = model.load_state_dict(state, strict=False)
    assert (result.missing_keys, result.unexpected_keys) == (["first.kernel"], ["more"])


def test_state_in_a_file_of_torch_comes_back(tmp_path) -> None:
    """`torch.save` of a state is read with `weights_only=True`."""
    model, twin = tower(), tower()
    torch.save(model.state_dict(), tmp_path / "tower.pt")
    twin.load_state_dict(torch.load(tmp_path / "tower.pt", weights_only=True))
    np.testing.assert_array_equal(host(model(rows())), host(twin(rows())))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copy", "pickle"])
def test_copies_share_nothing(duplicate, digits_example) -> None:
    """Copies compute the same, are modules, and keep their weights when the first one's change."""
    model = torch.nn.Sequential(digits_example.network(), torch.nn.ReLU())
    x = torch.from_numpy(IMAGES)
    twin = duplicate(model)
    expected = host(model(x))
    np.testing.assert_array_equal(host(twin(x)), expected)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(1.0)
    assert not np.array_equal(host(model(x)), expected)
    np.testing.assert_array_equal(host(twin(x)), expected)
    assert list(twin.state_dict()) == list(model.state_dict())


# -- Moving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16"])
def test_module_of_another_dtype_computes_in_it(dtype: str) -> None:
    """`to` takes along variables, policies and layers without weights; integers and seeds stay as they are."""
    model = tower()
    x = rows()
    expected = host(model(x))
    native = getattr(torch, dtype)
    assert model.to(native) is model
    assert {v.dtype for v in model.weights} == {dtype}
    assert {p.dtype for p in model.parameters()} == {native}
    assert model.drop.seed_generator.state.dtype == "uint32"
    y = model(x.to(native))
    assert y.dtype is native
    assert model.drop.compute_dtype == dtype
    assert_close(ops.convert_to_numpy(ops.cast(y, "float32")), expected, "float32" if dtype == "float64" else dtype, 64)
    model.first.kernel.assign(np.zeros((4, 6)))
    assert not dict(model.named_parameters())["first.kernel"].any()
    back = model.float()
    assert back(x).dtype is torch.float32


def test_mixed_precision_stays_where_dtypes_do_not_change() -> None:
    """Moving to a device changes no policy."""
    layer = layers.Dense(3, dtype="mixed_bfloat16")
    layer.build((None, 4))
    layer.to("cpu")
    assert layer.dtype_policy.name == "mixed_bfloat16"
    assert layer(rows()).dtype is torch.bfloat16
    assert layer.kernel.value.dtype is torch.float32


def test_parameters_that_torch_replaces_are_taken_over() -> None:
    """Where torch puts other tensors in the place of the parameters, the variables hold those."""
    model = tower()
    before = dict(model.named_parameters())
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        model.double()
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(False)
    after = dict(model.named_parameters())
    assert list(after) == list(before)
    assert not any(after[name] is before[name] for name in before)
    assert {id(p) for p in after.values()} == {id(v.value) for v in model.trainable_variables}
    assert model(rows().double()).dtype is torch.float64


# -- Inside torch's own modules ---------------------------------------------------------------------------------------


class Net(torch.nn.Module):
    """A module of a torch user's with a layer in it, and one that has layers in a list."""

    def __init__(self):
        super().__init__()
        self.body = keras.Sequential([keras.Input((4,)), layers.Dense(6, activation="relu"), layers.Dropout(0.5)])
        self.norm = layers.BatchNormalization(momentum=0.5)
        self.norm.build((None, 6))
        self.head = torch.nn.Linear(6, 1)

    def forward(self, x):
        return self.head(self.norm(self.body(x)))


def test_layer_is_a_child_of_modules() -> None:
    """Parameters, buffers, state, dtypes and calls go through modules of torch's and of a user's."""
    net = Net()
    assert [name for name, _ in net.named_parameters()] == [
        "body.dense.kernel",
        "body.dense.bias",
        "norm.gamma",
        "norm.beta",
        "head.weight",
        "head.bias",
    ]
    twin = torch.nn.Sequential(Net())
    twin[0].load_state_dict(net.state_dict())
    twin[0].eval()
    net.eval()
    x = rows()
    np.testing.assert_array_equal(host(twin(x)), host(net(x)))
    assert torch.nn.Sequential(net).double()(x.double()).dtype is torch.float64
    assert net.norm.moving_mean.dtype == "float64"


def test_switches_of_torch_say_training_where_calls_do_not() -> None:
    """`train()` and `eval()` decide for calls that do not say `training`; an argument decides over both."""
    drop = layers.Dropout(0.5)
    x = torch.ones(400)

    def zeros(*args, **kwargs):
        return int((drop(x, *args, **kwargs) == 0).sum())

    assert zeros() == 0, "nobody has said anything"
    drop.train()
    assert zeros() > 0
    assert zeros(training=False) == 0
    drop.eval()
    assert zeros() == 0
    assert zeros(training=True) > 0


def test_switches_reach_every_layer_and_each_keeps_its_own() -> None:
    """A module's switch reaches the layers in it; a layer that is switched alone is the exception that torch's users
    make of it."""
    net = Net()
    x = rows()
    before = net.norm.moving_mean.numpy()
    net.train()
    assert not torch.equal(net.body(x), net.body(x)), "dropout is on"
    net(x)
    assert not np.array_equal(net.norm.moving_mean.numpy(), before)
    net.eval()
    before = net.norm.moving_mean.numpy()
    assert torch.equal(net(x), net(x))
    np.testing.assert_array_equal(net.norm.moving_mean.numpy(), before)
    # The usual way to keep the statistics of a network that is trained on.
    graph = keras.Sequential([keras.Input((6,)), layers.BatchNormalization(), layers.Dropout(0.5)])
    graph.train()
    graph.layers[0].eval()
    z = torch.ones((64, 6)) * 3
    y = graph(z)
    np.testing.assert_array_equal(graph.layers[0].moving_mean.numpy(), 0)
    assert (y == 0).any()
    graph.compile(loss="mse")
    graph.fit(z, z, epochs=1, verbose=0)
    assert graph.layers[0].moving_mean.numpy().all(), "fit says training itself"


def test_loops_switch_the_modules_of_torch_in_a_model() -> None:
    """Dropout of torch's own inside a model is on in `fit`, and off in `evaluate` and `predict`."""
    seen = []

    class Probe(torch.nn.Module):
        def forward(self, x):
            if isinstance(x, torch.Tensor):
                seen.append(self.training)
            return x

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)
            self.probe = [Probe()]

        def call(self, x):
            return self.dense(self.probe[0](x))

    model = Model()
    model.compile(loss="mse")
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    model(x)

    def modes(run):
        seen.clear()
        run()
        return seen

    assert modes(lambda: model.fit(x, y, epochs=2, validation_data=(x, y), verbose=0)) == [True, False, True, False]
    assert modes(lambda: model.evaluate(x, y, verbose=0)) == [False]
    assert modes(lambda: model.train_on_batch(x, y)) == [True]
    assert modes(lambda: model.predict(x, verbose=0)) == [False]
    assert modes(lambda: model.test_on_batch(x, y)) == [False]
    assert modes(lambda: model.predict_on_batch(x)) == [False]
    assert not model.training or not model._mode, "calls outside the loops are as they were"


def test_hooks_are_called(digits_example) -> None:
    """Forward and backward hooks, on a layer in a graph too, and no more after they are removed."""
    model = digits_example.network()
    convolution = model.layers[1]
    seen = []
    handles = [
        convolution.register_forward_pre_hook(lambda module, args: seen.append(("pre", tuple(args[0].shape)))),
        convolution.register_forward_hook(lambda module, args, output: seen.append(("post", tuple(output.shape)))),
        convolution.register_full_backward_hook(lambda module, into, out: seen.append(("back", tuple(out[0].shape)))),
    ]
    x = torch.from_numpy(IMAGES[:2]).requires_grad_()
    expected = [("pre", (2, 8, 8, 1)), ("post", (2, 8, 8, 32)), ("back", (2, 8, 8, 32))]
    model(x).sum().backward()
    assert seen == expected
    assert isinstance(convolution, layers.Conv2D)
    assert type(convolution).__name__ == "Conv2D"
    for handle in handles:
        handle.remove()
    model(x)
    assert seen == expected
    pickle.loads(pickle.dumps(model))(x)


# -- Training by hand -------------------------------------------------------------------------------------------------


def test_torch_trains_a_model(digits_example) -> None:
    """A loop written by hand with an optimizer of torch's; `get_weights` sees what it did."""
    model = digits_example.network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    x, y = torch.from_numpy(IMAGES), torch.from_numpy(LABELS)
    before = model.get_weights()
    losses = []
    model.train()
    for _ in range(30):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    model.eval()
    after = model.get_weights()
    assert not any(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    # The weights are those that the model computes with, and go on into Keras's own training.
    twin = digits_example.network()
    twin.set_weights(after)
    np.testing.assert_array_equal(host(twin(x)), host(model(x)))
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert model.fit(IMAGES, LABELS, epochs=1, verbose=0).history["loss"][0] < losses[0]


def test_gradients_reach_every_parameter() -> None:
    """Through layers, and equal to what `value_and_grad` gives."""
    model = tower()
    x = rows()
    model(x, training=False).square().sum().backward()
    parameters = dict(model.named_parameters())
    assert all(p.grad is not None for p in parameters.values())
    _, gradients = keras.value_and_grad(lambda: ops.sum(ops.square(model(x))), model.trainable_variables)
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        assert_close(host(gradient), host(variable.value.grad), "float32", 64)
    model.zero_grad()
    assert all(p.grad is None for p in parameters.values())


def test_data_parallel_wraps_a_model(tmp_path) -> None:
    """`DistributedDataParallel`, with one process: gradients are those of the model alone."""
    model = tower()
    x = rows()
    model(x).sum().backward()
    expected = {name: p.grad.clone() for name, p in model.named_parameters()}
    model.zero_grad()
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        wrapped = torch.nn.parallel.DistributedDataParallel(model)
        wrapped(x).sum().backward()
    finally:
        torch.distributed.destroy_process_group()
    for name, p in model.named_parameters():
        torch.testing.assert_close(p.grad, expected[name])


# -- Compiling --------------------------------------------------------------------------------------------------------


@pytest.fixture
def frames():
    """Counts what Dynamo compiles."""
    import torch._dynamo
    from torch._dynamo.testing import CompileCounter

    torch._dynamo.reset()
    yield CompileCounter()
    torch._dynamo.reset()


def test_model_is_one_graph(frames, digits_example) -> None:
    """The main job's model compiles whole, once; a new batch of the same size compiles nothing, one of another size
    makes the size unknown, and no further size compiles anything. Torch has other kernels for less than 16 images."""
    model = digits_example.network()
    model.eval()
    compiled = torch.compile(model, backend=frames, fullgraph=True)

    def check(size):
        x = torch.from_numpy(np.random.default_rng(size).uniform(0, 16, size=(size, 8, 8, 1)).astype("float32"))
        torch.testing.assert_close(compiled(x), model(x))

    counts = []
    for size in (32, 32, 29, 32, 17, 16, 64):
        check(size)
        counts.append(frames.frame_count)
    assert counts == [1, 1, 2, 2, 2, 2, 2]
    explained = torch._dynamo.explain(model)(torch.from_numpy(IMAGES))
    assert (explained.graph_count, explained.graph_break_count) == (1, 0)


def test_compiled_model_trains(frames, digits_example) -> None:
    """With gradients and dropout, in training mode; assigning weights recompiles nothing."""
    model = digits_example.network()
    model.train()
    compiled = torch.compile(model, backend=frames, fullgraph=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    x, y = torch.from_numpy(IMAGES), torch.from_numpy(LABELS)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(compiled(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    first = frames.frame_count
    model.set_weights([w * 0 for w in model.get_weights()])
    assert not compiled(x).any()
    assert frames.frame_count == first


def test_compiled_models_of_all_kinds_are_one_graph(frames) -> None:
    """A subclass with statistics and a nested graph with two inputs, in both modes."""
    a, b = keras.Input((4,)), keras.Input((4,))
    inner = keras.Model(a, layers.Dense(3, activation="gelu")(a))
    graph = keras.Model([a, b], layers.Concatenate()([inner(a), layers.Multiply()([a, b])]))
    x = rows()
    torch.testing.assert_close(torch.compile(graph, backend=frames, fullgraph=True)([x, x]), graph([x, x]))
    model = tower()
    model.drop.rate = 0
    compiled = torch.compile(model, backend=frames, fullgraph=True)
    torch.testing.assert_close(compiled(x), model(x))
    twin = copy.deepcopy(model)
    torch.testing.assert_close(compiled(x, training=True), twin(x, training=True))
    for received, wanted in zip(model.get_weights(), twin.get_weights(), strict=True):
        assert_close(received, wanted, "float32", 16)


def test_compiled_model_is_built_by_its_first_call(frames) -> None:
    """A model without weights yet makes them outside of the trace; from then on it is one graph, compiled once."""
    model = Tower()
    compiled = torch.compile(model, backend=frames)
    counts = []
    with torch.no_grad():
        for _ in range(4):
            torch.testing.assert_close(compiled(rows()), model(rows()))
            counts.append(frames.frame_count)
        assert len(set(counts[1:])) == 1
        assert torch._dynamo.explain(model)(rows()).graph_break_count == 0
    assert len(list(model.parameters())) == len(TOWER_PARAMETERS)


@pytest.mark.parametrize("mode", ["fast", "portable"])
def test_compiled_dropout_draws_as_the_eager_one(mode: str, frames) -> None:
    """With a seed, the masks of each call are those of the layer uncompiled."""
    keras.config.set_random(mode)
    eager, traced = layers.Dropout(0.5, seed=4), layers.Dropout(0.5, seed=4)
    compiled = torch.compile(traced, backend=frames)
    for size in (4, 4, 6):
        x = torch.ones(size, 50)
        torch.testing.assert_close(compiled(x, training=True), eager(x, training=True))


def test_first_call_of_a_process_is_traced_once() -> None:
    """What a trace finds at the very first call of every op, it finds at the second too."""
    code = (
        "import sys, torch, multikeras as keras\n"
        "from torch._dynamo.testing import CompileCounter\n"
        "keras.set_backend('torch')\n"
        "x = keras.Input((4,))\n"
        "y = keras.layers.Dense(2, activation='silu')(keras.layers.Rescaling(0.5)(x))\n"
        "model = keras.Model(x, y * 2 - x[:, :2])\n"
        "frames = CompileCounter()\n"
        "compiled = torch.compile(model, backend=frames, fullgraph=True)\n"
        "for _ in range(3):\n"
        "    compiled(torch.ones(8, 4))\n"
        "sys.exit(frames.frame_count - 1)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_backend_imports_no_compiler() -> None:
    """Importing torch's compiler takes longer than everything else here, so it waits for the first `torch.compile`."""
    code = (
        "import sys, numpy as np, multikeras as keras\n"
        "keras.set_backend('torch')\n"
        "model = keras.Sequential([keras.layers.Dense(2), keras.layers.Dropout(0.5)])\n"
        "model.compile('sgd', 'mse')\n"
        "model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)\n"
        "keras.config.set_random('portable')\n"
        "model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)\n"
        "sys.exit('torch._inductor' in sys.modules or 'torch._dynamo' in sys.modules)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


# -- Layers of torch's functions --------------------------------------------------------------------------------------


class Native(layers.Layer):
    """A layer that computes with functions of torch's own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(5)
        self.linear = [torch.nn.Linear(5, 3)]

    def call(self, x, training=False):
        y = torch.nn.functional.gelu(self.dense(x))
        return {"rows": torch.softmax(self.linear[0](y), -1), "total": torch.einsum("...ij->...i", y).sum(-1)}


def test_layers_of_torch_functions_are_part_of_graphs() -> None:
    """Their outputs' shapes and dtypes come from a run without values; unknown sizes stay unknown."""
    x = keras.Input((7, 4))
    layer = Native()
    outputs = layer(x)
    assert outputs["rows"].shape == (None, 7, 3)
    assert outputs["total"].shape == (None,)
    model = keras.Model(x, layers.Flatten()(outputs["rows"]))
    value = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 7, 4)).astype("float32"))
    y = model(value)
    assert y.shape == (2, 21)
    np.testing.assert_array_equal(host(y), host(layer(value)["rows"]).reshape(2, 21))
    wanted = (
        torch.nn.functional.gelu(value @ layer.dense.kernel.value + layer.dense.bias.value) @ layer.linear[0].weight.T
    )
    np.testing.assert_allclose(
        host(y).reshape(2, 7, 3), host(torch.softmax(wanted + layer.linear[0].bias, -1)), rtol=1e-5
    )
    assert layer(keras.Input((None, 4), dtype="float32"))["rows"].shape == (None, None, 3)


def test_models_of_torch_functions_are_fitted() -> None:
    """A model that was never called is built from the data, and trains."""

    class Regression(keras.Model):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(8), layers.Dense(1)

        def call(self, x):
            return self.second(torch.tanh(self.first(x)))

    model = Regression()
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    losses = model.fit(x, x.sum(1, keepdims=True), epochs=8, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
@pytest.mark.filterwarnings("ignore:Dynamo detected a call to a:UserWarning")
def test_compiling_goes_on_after_steps_were_compiled_and_beside_other_backends() -> None:
    """The choice of a backend is no effect of what is traced: not in `fit`, not while another backend is current."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    model.compile("sgd", "mse", jit_compile=True)
    x = np.ones((4, 4), "float32")
    model.fit(x, x[:, :2], verbose=0)
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    with keras.use_backend("numpy"):
        y = compiled(torch.ones(3, 4))
        assert keras.config.backend() == "numpy"
    assert_close(y.detach().numpy(), model.predict(x[:3], verbose=0), "float32", 16)
