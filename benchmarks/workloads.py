"""Four networks beside the same networks written by hand in each framework, and beside Keras."""

from __future__ import annotations

import importlib.util
import statistics

from processes import Contestant, alternate
from report import Row

NETWORKS = ("mlp", "cnn", "lstm", "transformer")

# Who plays against us, by measure and backend: a label, a module, its mode.
BY_HAND = {
    "torch": {"eager": ("by_torch", "eager"), "torch.compile": ("by_torch", "compiled")},
    "jax": {"jit": ("by_jax", "jit")},
    "tensorflow": {"tf.function": ("by_tensorflow", "graph"), "XLA": ("by_tensorflow", "xla")},
}
COMPILED_BY_HAND = {
    "torch": {"torch.compile": ("by_torch", "compiled")},
    "jax": {"jit": ("by_jax", "jit")},
    "tensorflow": {"XLA": ("by_tensorflow", "xla")},
}
ROW_BY_HAND = {
    "torch": {"eager": ("by_torch", "eager")},
    "jax": {"eager": ("by_jax", "eager")},
    "tensorflow": {"eager": ("by_tensorflow", "eager")},
}

# Libraries that are timed where they are installed: the package, the measures, the module, its mode.
OPTIONAL = {
    "torch": {"Lightning": ("lightning", ("fit", "predict"), ("by_lightning", "eager"))},
    "jax": {"Flax NNX": ("flax", ("fit", "predict", "row", "first"), ("by_nnx", "jit"))},
}

# The option of `compile` that our `fit` runs with; Keras gets its own best one, but where the compiler is asked for.
OURS = "steps_per_execution=auto"
COMPILED = "jit_compile=True"


def fit(backends: list[str], rounds: int) -> list[Row]:
    """A step of `fit`."""
    return _rows("fit", "step of fit", backends, rounds, {"mlp": 1.3}, 1.15, keras_most=1.0)


def compiled(backends: list[str], rounds: int) -> list[Row]:
    """A step of `fit` by the framework's optimizing compiler, ours and theirs."""
    return _rows("compiled", "step of fit(jit_compile=True)", backends, rounds, {}, 1.15)


def predict(backends: list[str], rounds: int) -> list[Row]:
    """A batch of `predict`."""
    return _rows("predict", "batch of predict", backends, rounds, {}, 1.5)


def row(backends: list[str], rounds: int) -> list[Row]:
    """Eager `model(x)` of one row."""
    return _rows("row", "model(x) of one row", backends, rounds, {}, 1.5)


def first(backends: list[str], rounds: int) -> list[Row]:
    """Building the network and its first step."""
    return _rows("first", "time to the first step", backends, max(3, rounds // 4), {}, 1.2)


def memory(backends: list[str], rounds: int) -> list[Row]:
    """The most memory that a process holds while it trains."""
    return _rows("memory", "peak memory", backends, 1, {}, None)


def build(backends: list[str], rounds: int) -> list[Row]:
    """Building and saving large models."""
    found = []
    for backend in backends:
        for measure, name, target in (
            ("build", "deep", 0.3),
            ("save", "deep", 1.0),
            ("build", "resnet50", None),
            ("save", "resnet50", 1.0),
        ):
            peers = {
                "ours": Contestant("large_models", "multikeras", backend, measure, name),
                "keras": Contestant("large_models", "keras", backend, measure, name, KERAS_BACKEND=backend),
            }
            times = alternate(peers, max(3, rounds // 3))
            label = f"{measure} {'200 layers' if name == 'deep' else 'ResNet50'}"
            found.append(Row(label, backend, times["ours"], "Keras", times["keras"], "s", most=target))
    return found


def _rows(
    measure: str,
    what: str,
    backends: list[str],
    rounds: int,
    most: dict[str, float],
    usual: float | None,
    keras_most: float | None = None,
) -> list[Row]:
    unit = {"fit": "ms", "compiled": "ms", "predict": "ms", "row": "us", "first": "s", "memory": "MB"}[measure]
    found = []
    for backend in backends:
        if backend not in BY_HAND:
            continue  # nobody writes these loops in NumPy
        for name in NETWORKS:
            times = _times(measure, backend, name, rounds)
            ours, keras = times.pop("ours"), times.pop("keras", None)
            label = f"{what}, {name}"
            best = min((p for p in times if p in by_hand(measure, backend)), key=lambda p: statistics.median(times[p]))
            for peer, theirs in times.items():
                target = most.get(name, usual) if peer == best else None
                found.append(Row(label, backend, ours, peer, theirs, unit, most_ratio=target))
            if keras is not None:
                found.append(Row(label, backend, ours, "Keras", keras, unit, most_ratio=keras_most))
    return found


def by_hand(measure: str, backend: str) -> dict[str, tuple[str, str]]:
    """The loops written by hand."""
    return {"row": ROW_BY_HAND, "compiled": COMPILED_BY_HAND}.get(measure, BY_HAND)[backend]


def _times(measure: str, backend: str, name: str, rounds: int) -> dict[str, list[float]]:
    peers = dict(by_hand(measure, backend))
    for label, (package, measures, contestant) in OPTIONAL.get(backend, {}).items():
        if measure in measures and importlib.util.find_spec(package) is not None:
            peers[label] = contestant

    def contestants() -> dict[str, Contestant]:
        whole = measure == "compiled"
        timed = "fit" if whole else measure
        ours = [COMPILED] if whole else [OURS] if measure in ("fit", "first", "memory") else []
        keras = [COMPILED] if whole else []
        return {
            "ours": Contestant("by_keras_api", "multikeras", backend, timed, name, *ours),
            **{label: Contestant(module, mode, timed, name) for label, (module, mode) in peers.items()},
            "keras": Contestant("by_keras_api", "keras", backend, timed, name, *keras, KERAS_BACKEND=backend),
        }

    if measure not in ("first", "memory"):
        return alternate(contestants(), rounds)
    # What happens once in a process needs a process for each round.
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for label, contestant in contestants().items():
            times.setdefault(label, []).append(contestant.round())
            contestant.close()
    return times
