"""Bad input: one clear error, of one class and one text on every backend, after which everything is as it was."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import zipfile

import h5py
import numpy as np
import pytest

import multikeras as keras
from multikeras import errors, layers, ops
from multikeras.backend import current
from multikeras.state.variable import Variable


def text_of(function, *args, **kwargs) -> tuple[type, str]:
    """The class and the text of the error that a call raises."""
    with pytest.raises(errors.MultikerasError) as raised:
        function(*args, **kwargs)
    return type(raised.value), str(raised.value)


def ones(*shape, dtype="float32"):
    return np.ones(shape, dtype)


def dense_then(x):
    layer = layers.Dense(2, name="dense")
    layer(ones(2, 3))
    return lambda: layer(x)


SHAPES = [
    (
        "one axis into Dense",
        lambda: layers.Dense(2, name="dense")(ones(3)),
        errors.ShapeError,
        "Layer 'dense' takes inputs with at least 2 axes.\nreceived: float32(3,)\n"
        "try: ops.expand_dims(x, 0), if x is one sample",
    ),
    (
        "another size into a built Dense",
        lambda: dense_then(ones(2, 4))(),
        errors.ShapeError,
        "Layer 'dense' takes inputs of size 3 along axis -1.\nreceived: float32(2, 4)",
    ),
    (
        "three axes into Conv2D",
        lambda: layers.Conv2D(2, 3, name="conv")(ones(8, 8, 1)),
        errors.ShapeError,
        "Layer 'conv' takes inputs with 4 axes.\nreceived: float32(8, 8, 1)",
    ),
    (
        "channels that groups do not divide",
        lambda: layers.Conv2D(4, 3, groups=2, name="conv")(ones(1, 8, 8, 3)),
        errors.ShapeError,
        "The channels of the input of 'conv' are a multiple of `groups`.\nreceived: 3 channels, groups=2",
    ),
    (
        "sums of other shapes",
        lambda: layers.Add(name="add")([ones(2, 3), ones(2, 4)]),
        errors.ShapeError,
        "The inputs of 'add' broadcast behind the batch axis.\nreceived: (2, 3) and (2, 4)",
    ),
    (
        "sums of other batches",
        lambda: layers.Add(name="add")([ones(2, 3), ones(3, 3)]),
        errors.ShapeError,
        "The inputs of 'add' have one batch size.\nreceived: (2, 3) and (3, 3)",
    ),
    (
        "joined tensors of other shapes",
        lambda: layers.Concatenate(name="join")([ones(2, 3), ones(3, 3)]),
        errors.ShapeError,
        "The inputs of 'join' have one shape but for axis -1.\nreceived: (2, 3) and (3, 3)",
    ),
    (
        "one tensor into a merge",
        lambda: layers.Add(name="add")(ones(2, 3)),
        errors.StructureError,
        "Layer 'add' takes a list of at least 1 tensors.\nreceived: one tensor\ntry: layer([a, b])",
    ),
    (
        "three tensors into a difference",
        lambda: layers.Subtract(name="minus")([ones(2)] * 3),
        errors.StructureError,
        "Layer 'minus' takes two tensors.\nreceived: 3 tensors",
    ),
    (
        "samples that do not fit a shape",
        lambda: layers.Reshape((4, 2), name="reshape")(ones(2, 6)),
        errors.ShapeError,
        "The samples of 'reshape' have as many entries as `target_shape`.\n"
        "received: samples of shape (6,), target_shape=(4, 2)",
    ),
    (
        "two inputs into a layer of one",
        lambda: layers.Dense(2, name="dense")([ones(2, 3), ones(2, 3)]),
        errors.StructureError,
        "Layer 'dense' takes 1 input.\nreceived: 2 inputs",
    ),
    (
        "lengths that differ",
        lambda: compiled().fit(ones(4, 3), ones(5, 1), verbose=0),
        errors.ShapeError,
        "All arrays have one number of samples.\nreceived: x with 4, y with 5\ntry: x.shape[0] == y.shape[0]",
    ),
    (
        "another input shape into a model",
        lambda: compiled()(ones(2, 5)),
        errors.ShapeError,
        None,
    ),
    (
        "weights of another shape",
        lambda: compiled().set_weights([ones(3, 2), ones(1)]),
        errors.ShapeError,
        "A variable keeps its shape: 'sequential/dense/kernel' has shape (3, 1).\nreceived: a value of shape (3, 2)",
    ),
    (
        "too few weights",
        lambda: compiled().set_weights([ones(3, 1)]),
        errors.ShapeError,
        "Layer 'sequential' has 2 weights.\nreceived: 1 values",
    ),
    (
        "a value of another shape into a variable",
        lambda: Variable(ones(2), name="v").assign(ones(3)),
        errors.ShapeError,
        "A variable keeps its shape: 'v' has shape (2,).\nreceived: a value of float32(3,)",
    ),
    (
        "an unknown backend",
        lambda: keras.set_backend("no_such_backend"),
        errors.BackendNotInstalledError,
        None,
    ),
    (
        "parameters of a layer that is not built",
        lambda: layers.Dense(2, name="dense").count_params(),
        errors.NotBuiltError,
        "Layer 'dense' has its weights once its input shape is known.\n"
        "try: layer.build(input_shape), or call it on a tensor",
    ),
    (
        "a last axis of unknown size",
        lambda: layers.Dense(2, name="dense")(keras.Input((None,))),
        errors.ArgumentError,
        "The last axis of the input of 'dense' has a known size.\nreceived: shape (None, None)",
    ),
    (
        "weights of a model that is not built",
        lambda: keras.Sequential([layers.Dense(1)], name="model").save_weights("model.weights.h5"),
        errors.NotBuiltError,
        "The model 'model' has weights once it is built.\ntry: model.build(shape)",
    ),
    (
        "a wrong argument",
        lambda: layers.Dense(0),
        errors.ArgumentError,
        "`units` is an integer from 1 on.\nreceived: units=0\ntry: units=64",
    ),
    (
        "an argument that there is not",
        lambda: layers.Dense(2, unit=3),
        errors.ArgumentError,
        "Dense has no such arguments.\nreceived: unit=3",
    ),
    (
        "an unknown activation",
        lambda: layers.Dense(2, activation="no_such"),
        errors.ArgumentError,
        None,
    ),
]


def compiled():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1, name="dense")], name="sequential")
    model.compile(optimizer="sgd", loss="mse")
    return model


@pytest.mark.parametrize(("call", "kind", "text"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES])
def test_bad_input_has_one_error(call, kind, text, tmp_path, monkeypatch) -> None:
    """The class and, where the text names nothing that depends on what is installed, the text."""
    monkeypatch.chdir(tmp_path)
    before = current()
    found, said = text_of(call)
    assert found is kind
    if text is not None:
        assert said == text
    assert "received:" in said or "try:" in said
    assert current() is before
    assert list(tmp_path.iterdir()) == []


def test_error_in_a_layer_says_where() -> None:
    """The path, the class and what the layer was called with are added to the error."""
    inner = layers.Dense(2, name="inner")
    model = keras.Sequential([keras.Input((3,)), inner], name="outer")
    with pytest.raises(errors.ShapeError) as raised:
        inner(ones(2, 4))
    assert any("'inner' (Dense) called with float32(2, 4)" in note for note in raised.value.__notes__)
    np.testing.assert_array_equal(ops.convert_to_numpy(model(np.zeros((1, 3), "f"))), [[0.0, 0.0]])


def test_layer_after_a_bad_call_works() -> None:
    """A failed build leaves nothing behind: a good call builds the layer."""
    layer = layers.Dense(2)
    for _ in range(2):
        with pytest.raises(errors.ShapeError):
            layer(ones(3))
    assert not layer.built
    assert layer.weights == []
    assert layer(ones(2, 3)).shape == (2, 2)
    assert len(layer.weights) == 2


def other_backend() -> str:
    return "numpy" if current().name != "numpy" else "jax"


def test_two_backends_in_one_call_are_refused() -> None:
    """Tensors and variables of another backend into ops, layers, variables, models and optimizers."""
    try:
        with keras.use_backend(other_backend()):
            foreign = Variable(ones(2, 3), name="foreign")
            tensor = foreign.value
    except errors.BackendError:
        return
    calls = []
    # NumPy arrays, NumPy's own tensors, are data everywhere: only what belongs to a framework is foreign.
    if current().name == "numpy":
        calls += [
            lambda: layers.Dense(2)(tensor),
            lambda: Variable(ones(2, 3)).assign(tensor),
            lambda: compiled().fit(tensor, ones(2, 1), verbose=0),
        ]
    for call in (
        *calls,
        lambda: layers.Dense(2)(foreign),
        lambda: keras.optimizers.SGD().build([foreign]),
        lambda: keras.value_and_grad(lambda: ops.sum(foreign), [foreign]),
    ):
        assert text_of(call)[0] is errors.MixedBackendsError


# -- Files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path) -> pathlib.Path:
    compiled().save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def rewritten(path: pathlib.Path, **members) -> pathlib.Path:
    """The file with other members; `None` leaves one out."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content.update({name.replace("__", "."): value for name, value in members.items()})
    target = path.with_name("changed.keras")
    with zipfile.ZipFile(target, "w") as archive:
        for name, value in content.items():
            if value is not None:
                archive.writestr(name, value)
    return target


def with_config(path: pathlib.Path, change) -> pathlib.Path:
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    change(config)
    return rewritten(path, config__json=json.dumps(config))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_truncated_model_file_is_an_error(saved, share) -> None:
    """Wherever it ends."""
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * share)])
    assert text_of(keras.saving.load_model, saved)[0] is errors.FileFormatError


@pytest.mark.parametrize("seed", range(6))
def test_damaged_model_file_is_an_error_or_loads(saved, seed) -> None:
    """Bytes changed anywhere: one of our errors, or a model, never anything else."""
    content = bytearray(saved.read_bytes())
    rng = np.random.default_rng(seed)
    for position in rng.integers(0, len(content), 40):
        content[position] ^= int(rng.integers(1, 256))
    saved.write_bytes(bytes(content))
    try:
        keras.saving.load_model(saved)
    except errors.MultikerasError:
        pass


def test_missing_and_wrong_members_are_errors(saved) -> None:
    """No configuration, no weights, no JSON, no HDF5, no model."""
    for changed in (
        rewritten(saved, config__json=None),
        rewritten(saved, config__json="{"),
        rewritten(saved, config__json="[1, 2]"),
        rewritten(saved, config__json=b"\xff\xfe"),
    ):
        assert text_of(keras.saving.load_model, changed)[0] is errors.FileFormatError
    with zipfile.ZipFile(saved) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    for weights in (None, b"no hdf5", members["model.weights.h5"][:900]):
        target = saved.with_name("changed.keras")
        with zipfile.ZipFile(target, "w") as archive:
            archive.writestr("config.json", members["config.json"])
            if weights is not None:
                archive.writestr("model.weights.h5", weights)
        assert text_of(keras.saving.load_model, target)[0] is errors.FileFormatError


def test_member_names_that_leave_the_folder_write_nothing(saved, tmp_path) -> None:
    """Members are read by name; others are never unpacked."""
    outside = tmp_path / "outside.txt"
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("../outside.txt", "written")
        archive.writestr(str(outside), "written")
    keras.saving.load_model(saved)
    assert not outside.exists()
    assert not (tmp_path.parent / "outside.txt").exists()


HOSTILE = [
    {"module": "builtins", "class_name": "eval", "config": {}, "registered_name": None},
    {"module": "builtins", "class_name": "eval", "config": "print('run')", "registered_name": "eval"},
    {"module": "os", "class_name": "system", "config": {"command": "touch run"}, "registered_name": None},
    {"module": "builtins", "class_name": "function", "config": "exec", "registered_name": "exec"},
    {"module": "subprocess", "class_name": "function", "config": "Popen", "registered_name": "function"},
    {"module": "keras.src.utils", "class_name": "get_file", "config": {}, "registered_name": None},
    {"module": "keras.layers", "class_name": "NoSuchLayer", "config": {}, "registered_name": None},
    {"class_name": "__lambda__", "config": {"value": "4wEAAAA=", "defaults": None, "closure": None}},
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda row: row["class_name"])
@pytest.mark.parametrize("place", ["layer", "activation", "initializer", "model"])
def test_file_that_names_code_runs_none(saved, hostile, place, monkeypatch) -> None:
    """Configurations name layers of multikeras and registered ones: nothing else is looked up, imported or called."""
    monkeypatch.chdir(saved.parent)
    ran = []
    monkeypatch.setattr(os, "system", ran.append)

    def change(config):
        rows = config["config"]["layers"]
        if place == "layer":
            rows[-1] = dict(hostile)
        elif place == "activation":
            rows[-1]["config"]["activation"] = dict(hostile)
        elif place == "initializer":
            rows[-1]["config"]["kernel_initializer"] = dict(hostile)
        else:
            config.clear()
            config.update(hostile)

    kind, _ = text_of(keras.saving.load_model, with_config(saved, change))
    assert issubclass(kind, errors.SerializationError | errors.ArgumentError)
    assert ran == []
    assert not (saved.parent / "run").exists()


def test_weights_that_lie_elsewhere_are_refused(saved, tmp_path) -> None:
    """External links, soft links and external storage in the HDF5 file; nothing is assigned."""
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["0"] = np.full((3, 1), 7.0, "float32")
        file["1"] = np.full((1,), 7.0, "float32")
    raw = tmp_path / "raw.bin"
    raw.write_bytes(np.full(3, 7.0, "float32").tobytes())
    model = compiled()
    before = model.get_weights()
    weights = tmp_path / "model.weights.h5"
    model.save_weights(weights)
    group = "layers/dense/vars"

    def external(file):
        del file[group]["0"]
        file[group]["0"] = h5py.ExternalLink(str(secret), "/0")

    def soft(file):
        file["elsewhere"] = file[group]["0"][()]
        del file[group]["0"]
        file[group]["0"] = h5py.SoftLink("/elsewhere")

    def stored(file):
        del file[group]["0"]
        file[group].create_dataset("0", (3, 1), "float32", external=[(str(raw), 0, 12)])

    def whole_group(file):
        del file[group]
        file[group] = h5py.ExternalLink(str(secret), "/")

    for change in (external, soft, stored, whole_group):
        target = tmp_path / f"{change.__name__}.weights.h5"
        shutil.copy(weights, target)
        with h5py.File(target, "a") as file:
            change(file)
        assert issubclass(text_of(model.load_weights, target)[0], errors.FileFormatError)
        for a, b in zip(model.get_weights(), before, strict=True):
            np.testing.assert_array_equal(a, b)


def test_weights_of_another_model_assign_nothing(tmp_path) -> None:
    """Shapes are compared before the first is assigned."""
    other = keras.Sequential([keras.Input((3,)), layers.Dense(2, name="dense")])
    other.save_weights(tmp_path / "other.weights.h5")
    two = keras.Sequential([keras.Input((3,)), layers.Dense(2), layers.Dense(5)])
    before = two.get_weights()
    assert issubclass(text_of(two.load_weights, tmp_path / "other.weights.h5")[0], errors.MultikerasError)
    for a, b in zip(two.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["model.keras", "model.weights.h5"])
def test_interrupted_save_leaves_the_old_file(name, tmp_path, monkeypatch) -> None:
    """An error in the middle: the file has its old content, and nothing lies beside it."""
    model = compiled()
    path = tmp_path / name
    save = model.save if name.endswith(".keras") else model.save_weights
    save(path)
    content = path.read_bytes()
    model.set_weights([ones(3, 1), ones(1)])
    calls = []

    def failing(self):
        calls.append(self)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return original(self)

    original = Variable.numpy
    monkeypatch.setattr(Variable, "numpy", failing)
    with pytest.raises(KeyboardInterrupt):
        save(path)
    monkeypatch.undo()
    assert len(calls) > 1
    assert path.read_bytes() == content
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_wrong_paths_are_errors(tmp_path) -> None:
    """Endings, missing files and folders, `overwrite=False`."""
    model = compiled()
    for call in (
        lambda: model.save(tmp_path / "model.txt"),
        lambda: model.save_weights(tmp_path / "model.h5"),
        lambda: model.save(tmp_path / "no" / "model.keras"),
        lambda: model.load_weights(tmp_path / "model.npz"),
        lambda: keras.saving.load_model(tmp_path / "none.keras"),
    ):
        assert issubclass(text_of(call)[0], errors.ArgumentError | errors.FileFormatError)
    model.save(tmp_path / "model.keras")
    assert text_of(model.save, tmp_path / "model.keras", overwrite=False)[0] is errors.ArgumentError


def test_lambdas_are_not_saved(tmp_path) -> None:
    """Before anything is written."""
    model = keras.Sequential([keras.Input((3,)), layers.Activation(lambda x: x * 2)])
    kind, said = text_of(model.save, tmp_path / "model.keras")
    assert issubclass(kind, errors.SerializationError)
    assert "lambda" in said
    assert list(tmp_path.iterdir()) == []
