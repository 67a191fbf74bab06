"""Groups of steps as replays of one captured step, with a stand-in for CUDA graphs: no GPU is needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import multikeras as keras
from multikeras import layers

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("on_torch")


class StandIn:
    """Captures without running, as CUDA graphs do, and runs at each replay.

    Args:
        results: What a capture gives for the results of the step, to be filled by replays.
    """

    def __init__(self, results: Any = None) -> None:
        self.results = results
        self.captured = 0
        self.replayed = 0

    def __call__(self, run: Any) -> tuple[Any, Any]:
        self.captured += 1

        def replay() -> None:
            self.replayed += 1
            found = run()
            if self.results is not None:
                self.results.copy_(found)

        return replay, self.results


def test_steps_are_captured_once_for_each_shape_and_replayed() -> None:
    """The first steps run as they are; the last result is that of the last entry, and is not overwritten later."""
    from multikeras_torch.replays import Replays

    total = torch.zeros(())

    def step(batch: Any) -> Any:
        x, weight = batch
        assert weight is None
        total.add_(x.sum())
        return total * 2

    stand_in = StandIn(torch.zeros(()))
    run = Replays(step, stand_in)
    first = run((torch.arange(10.0).reshape(5, 2), None))
    assert (float(first), float(total)) == (90.0, 45.0)
    assert (stand_in.captured, stand_in.replayed) == (1, 2)
    second = run((torch.ones(4, 2), None))
    assert (float(first), float(second), float(total)) == (90.0, 106.0, 53.0)
    assert (stand_in.captured, stand_in.replayed) == (1, 6)
    run((torch.ones(5, 3), None))
    assert (stand_in.captured, stand_in.replayed) == (2, 8)
    assert float(total) == 68.0


def test_a_step_that_cannot_be_captured_runs_as_it_is() -> None:
    """What asks for values fails while it is captured, which nobody notices."""
    from multikeras_torch.replays import Replays

    attempts = []

    def refuse(run: Any) -> Any:
        attempts.append(run)
        raise RuntimeError("operation not permitted when stream is capturing")

    run = Replays(lambda x: x.sum(), refuse)
    for _ in range(3):
        assert float(run(torch.arange(12.0).reshape(6, 2))) == 21.0
    assert len(attempts) == 1


@pytest.mark.parametrize("size", [3, "auto"])
def test_training_by_replays_is_training(size: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights and logs are those of single steps, callbacks hear of groups."""
    from multikeras_torch import compile as compiling
    from multikeras_torch import replays

    from multikeras.training import execution

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(160, 5)).astype("float32"), rng.integers(0, 3, 160)

    def trained(steps: Any) -> tuple[Any, Any]:
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((5,)), layers.Dense(4, activation="relu"), layers.Dense(3)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, metrics=["accuracy"], steps_per_execution=steps)
        history = model.fit(x, y, batch_size=2, epochs=2, shuffle=False, verbose=0)
        return history.history, model.get_weights()

    expected, weights = trained(1)
    stand_in = StandIn()
    monkeypatch.setattr(compiling, "repeats", lambda: True)
    # Groups are tried however long a step takes here.
    monkeypatch.setattr(execution, "_SHORT", float("inf"))
    monkeypatch.setattr(execution, "_GROUP_SECONDS", float("inf"))
    monkeypatch.setattr(replays, "_captured", stand_in)
    logs, found = trained(size)
    assert stand_in.replayed > 10
    for name, values in expected.items():
        np.testing.assert_allclose(logs[name], values, rtol=1e-5)
    for a, b in zip(found, weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
