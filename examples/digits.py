"""One network, trained on handwritten digits by every installed backend, in one process and from one seed.

    python examples/digits.py [--backends numpy,jax] [--epochs 10] [--seed 0] [--picture loss_curves.png] [--check]

Prints a table and draws the loss curves of the first epoch into one picture. Random draws are portable, so every
backend gets the same initial weights, the same shuffles and the same dropout masks.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import time
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import multikeras as keras
from multikeras.backend import registry
from multikeras.errors import BackendError


class Curve(keras.callbacks.Callback):
    """The loss of each batch of the first epoch, and the time that each step took."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[float] = []
        self.seconds: list[float] = []
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self._epoch == 0:
            # Logs are means over the epoch so far: begun afresh they are those of the batch.
            self.model.reset_metrics()
        self._start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        loss = (logs or {})["loss"]  # waits for the device
        if self._epoch == 0:
            self.losses.append(loss)
        else:
            self.seconds.append(time.perf_counter() - self._start)


@dataclasses.dataclass
class Result:
    """What training on one backend gave."""

    parameters: int
    accuracy: float
    final_loss: float
    curve: np.ndarray
    initial_weights: list[np.ndarray]
    step_milliseconds: float


def network() -> keras.Sequential:
    """The network of the README."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 16),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.25),
            keras.layers.Dense(10),
        ]
    )


def train(backend: str, epochs: int, seed: int) -> Result:
    """Train the network on one backend."""
    (x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
    with keras.use_backend(backend):
        keras.utils.set_random_seed(seed)
        model = network()
        initial = model.get_weights()
        model.compile(
            optimizer="adam",
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
        curve = Curve()
        history = model.fit(x_train[..., None], y_train, epochs=epochs, verbose=1, callbacks=[curve])
        _, accuracy = model.evaluate(x_test[..., None], y_test, verbose=0)
    return Result(
        parameters=model.count_params(),
        accuracy=accuracy,
        final_loss=history.history["loss"][-1],
        curve=np.array(curve.losses),
        initial_weights=initial,
        step_milliseconds=statistics.median(curve.seconds or [float("nan")]) * 1e3,
    )


def available(wanted: str | None) -> list[str]:
    """The backends asked for, or those that can be loaded, NumPy first: the others are compared with it."""
    found = []
    for name in wanted.split(",") if wanted else registry.entry_points():
        try:
            registry.load(name)
            found.append(name)
        except BackendError as error:
            if wanted:
                raise
            print(f"Without {name}: {error}")
    return sorted(found, key=lambda name: name != "numpy")


def show(results: dict[str, Result]) -> None:
    """Print the table."""
    reference = next(iter(results))
    table = Table(title="Handwritten digits, one network, one seed")
    headers = ["backend", "parameters", "test accuracy", "final loss", f"curve differs from {reference}'s", "ms a step"]
    for header in headers:
        table.add_column(header, justify="left" if header == "backend" else "right")
    first = results[reference]
    for name, result in results.items():
        same = all(np.array_equal(a, b) for a, b in zip(result.initial_weights, first.initial_weights, strict=True))
        difference = np.max(np.abs(result.curve - first.curve) / np.abs(first.curve))
        table.add_row(
            name,
            f"{result.parameters:,}",
            f"{result.accuracy:.2%}",
            f"{result.final_loss:.4f}",
            f"{difference:.1e}" if same else "other initial weights",
            f"{result.step_milliseconds:.2f}",
        )
    Console().print(table)


def check(results: dict[str, Result]) -> None:
    """Raise unless every backend started from the same weights, took the same way and learned enough."""
    first = next(iter(results.values()))
    for name, result in results.items():
        for a, b in zip(result.initial_weights, first.initial_weights, strict=True):
            np.testing.assert_array_equal(a, b, err_msg=f"initial weights of {name}")
        # Curves are equal to 1e-6, unless rounding, which depends on the processor, takes a number to the other side of
        # a ReLU's corner: that one gradient more or less grows to some 1e-3 by the end of the epoch.
        np.testing.assert_allclose(result.curve, first.curve, rtol=5e-3, err_msg=f"loss curve of {name}")
        if result.accuracy < 0.95:
            raise AssertionError(f"{name}: {result.accuracy:.2%} of the test images, 95 % wanted")
    print(f"{len(results)} passed, 0 failed")


def draw(results: dict[str, Result], path: str) -> None:
    """Draw the loss curves into one picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4))
    styles = ["-", "--", "-.", ":"]
    for i, (name, result) in enumerate(results.items()):
        axes.plot(result.curve, styles[i % len(styles)], label=name, linewidth=3 - 0.6 * (i % 4))
    axes.set(xlabel="step of the first epoch", ylabel="loss of the batch", title="One network, one seed")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    print(f"The loss curves are in {path}.")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backends", help="names, with commas; all installed ones by default")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--check", action="store_true", help="fail unless all backends agree and pass 95 % accuracy")
    parser.add_argument("--picture", default="loss_curves.png", help="where the curves are drawn; '' for nowhere")
    options = parser.parse_args()
    keras.config.set_random("portable")
    results = {}
    for name in available(options.backends):
        print(f"\n{name}")
        results[name] = train(name, options.epochs, options.seed)
    show(results)
    if options.check:
        check(results)
    if options.picture:
        draw(results, options.picture)


if __name__ == "__main__":
    main()
