"""Bugs are planted in losses, metrics, optimizers, layers, training and files; the test meant for each must fail."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from multikeras_conformance import (
    layer_cases,
    test_base_layer,
    test_errors,
    test_layer_values,
    test_layers,
    test_losses,
    test_masks,
    test_metrics,
    test_models,
    test_optimizers,
    test_training,
)

import multikeras as keras
from multikeras import ops
from multikeras.graph.function import Function
from multikeras.layers.base.masking import Masking
from multikeras.layers.base.weights import Weights
from multikeras.losses import crossentropy
from multikeras.metrics.reduction import Mean
from multikeras.optimizers import SGD, Adam
from multikeras.optimizers.optimizer import Optimizer
from multikeras.saving import saving_api
from multikeras.state.variable import Variable
from multikeras.training import data
from multikeras.training.base import steps


@pytest.fixture(autouse=True)
def _same_start():
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(7)


@dataclasses.dataclass
class Bug:
    """A bug.

    Args:
        what: What is wrong.
        owner: Where it is planted.
        name: The name that it is planted under.
        wrong: Given what stands there, what stands there instead.
        test: The test that must notice.
    """

    what: str
    owner: Any
    name: str
    wrong: Callable[[Any], Any]
    test: Callable[[Any], None]


def _every(table: list, test: Callable, *more: Any) -> Callable[[Any], None]:
    def run(_: Any) -> None:
        for row in table:
            test(*row, *more)

    return run


def _plain(test: Callable) -> Callable[[Any], None]:
    return lambda _: test()


def _trajectories(_: Any) -> None:
    for name, arguments in test_optimizers.TABLE:
        test_optimizers.test_trajectory_is_the_papers(name, arguments, {})


def _layer(name: str, test: Callable) -> Callable[[Any], None]:
    def run(_: Any) -> None:
        for case in layer_cases.CASES:
            if case.kind.__name__ == name:
                test(case)

    return run


def _without(key: str) -> Callable[[Callable], Callable]:
    def wrong(right: Callable) -> Callable:
        def get_config(self: Any) -> dict[str, Any]:
            config = right(self)
            config.pop(key, None)
            return config

        return get_config

    return wrong


def _count_batches(right: Callable) -> Callable:
    def update_state(self: Any, values: Any, sample_weight: Any = None) -> None:
        values = ops.mean(ops.convert_to_tensor(values, dtype="float32"))
        self.total.assign(ops.add(self.total.value, values))
        self.count.assign_add(1)

    return update_state


def _in_the_open(right: Any) -> Any:
    """Writes to the target itself."""
    import contextlib
    import pathlib

    @contextlib.contextmanager
    def written(target: Any, *args: Any, **kwargs: Any):
        yield pathlib.Path(target)

    return written


BUGS = [
    Bug(
        "labels are not smoothed",
        crossentropy,
        "categorical_crossentropy",
        lambda right: lambda y, p, from_logits=False, label_smoothing=0.0, axis=-1: right(y, p, from_logits, 0.0, axis),
        _every(test_losses.TABLE, test_losses.test_loss_is_the_formula, "sum_over_batch_size", False),
    ),
    Bug(
        "logits taken for probabilities",
        crossentropy,
        "binary_crossentropy",
        lambda right: (
            lambda y, p, from_logits=False, label_smoothing=0.0, axis=-1: right(y, p, False, label_smoothing, axis)
        ),
        _every(test_losses.TABLE, test_losses.test_loss_is_the_formula, "sum", True),
    ),
    Bug(
        "a mean counts batches",
        Mean,
        "update_state",
        _count_batches,
        _plain(test_metrics.test_mean_and_sum_gather_weighted_values),
    ),
    Bug(
        "Adam without bias correction",
        Adam,
        "prepare",
        lambda right: lambda self, learning_rate, step: {"rate": learning_rate},
        _trajectories,
    ),
    Bug(
        "momentum of the wrong sign",
        SGD,
        "update",
        lambda right: (
            lambda self, gradient, value, slots, shared: right(
                self, gradient, value, {n: ops.negative(s) for n, s in slots.items()}, shared
            )
        ),
        _trajectories,
    ),
    Bug(
        "everything decays",
        Optimizer,
        "_decays",
        lambda right: lambda self, variable: True,
        _plain(test_optimizers.test_excluded_variables_do_not_decay),
    ),
    Bug(
        "constraints are forgotten",
        Variable,
        "constraint",
        lambda right: property(lambda self: None, lambda self, value: None),
        _plain(test_optimizers.test_constraint_holds_after_every_step),
    ),
    Bug(
        "an argument is missing in a configuration",
        keras.layers.Dense,
        "get_config",
        _without("use_bias"),
        _layer("Dense", test_layers.test_layer_arguments_are_all_in_its_config),
    ),
    Bug(
        "dropout does not scale",
        keras.random,
        "dropout",
        lambda right: lambda x, rate, noise_shape=None, seed=None: right(x, rate, noise_shape, seed) * (1 - rate),
        lambda _: test_layer_values.test_dropout_keeps_the_mean(0.5, "fast"),
    ),
    Bug(
        "weights in lists are lost",
        Weights,
        "_sublayers",
        lambda right: lambda self: (v for v in vars(self).values() if isinstance(v, keras.layers.Layer)),
        _plain(test_base_layer.test_layers_in_containers_are_found),
    ),
    Bug(
        "masks end at every layer",
        Masking,
        "compute_mask",
        lambda right: lambda self, inputs, previous: None,
        _plain(test_masks.test_mask_reaches_the_loss_of_a_model),
    ),
    Bug(
        "an epoch's loss is the mean of its batches",
        steps,
        "_batch_size",
        lambda right: lambda x: 1,
        _plain(test_training.test_epoch_loss_is_the_mean_over_samples),
    ),
    Bug(
        "nothing is shuffled",
        data.portable,
        "permutation",
        lambda right: lambda key, size: np.arange(size),
        _plain(test_training.test_samples_are_shuffled_alike_everywhere),
    ),
    Bug(
        "frozen layers are trained",
        Weights,
        "trainable_variables",
        lambda right: property(lambda self: self.variables),
        _plain(test_training.test_frozen_layers_are_not_trained_and_thawed_ones_are),
    ),
    Bug(
        "a copied model runs its original's layers",
        Function,
        "__reduce_ex__",
        # To the copy module a string stands for the object itself.
        lambda right: lambda self, protocol: "shared",
        lambda path: test_models.test_model_survives_every_kind_of_copy(test_models.sequential, path),
    ),
    Bug(
        "a file is written in the open",
        saving_api,
        "atomic_path",
        _in_the_open,
        lambda path: test_errors.test_interrupted_save_leaves_the_old_file("model.keras", path, pytest.MonkeyPatch()),
    ),
]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what)
def test_bug_is_caught(bug: Bug, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test passes without the bug and fails with it."""
    (tmp_path / "right").mkdir()
    (tmp_path / "wrong").mkdir()
    bug.test(tmp_path / "right")
    keras.utils.clear_session(free_memory=False)
    with monkeypatch.context() as patch:
        patch.setattr(bug.owner, bug.name, bug.wrong(getattr(bug.owner, bug.name)))
        with pytest.raises((AssertionError, pickle.PicklingError)):
            bug.test(tmp_path / "wrong")
