"""The one loop behind `fit`, `evaluate` and `predict`, for every backend."""

from __future__ import annotations

import collections
import contextlib
import itertools
import weakref
from collections.abc import Callable, Generator, Iterator
from typing import Any

from multikeras.backend.contract import Capability
from multikeras.backend.select import on_backend
from multikeras.errors import ArgumentError, MultikerasError, NotBuiltError, NoValueError, StateError
from multikeras.graph.keras_tensor import KerasTensor
from multikeras.graph.operation import map_structure
from multikeras.state.tracking import keep_walks
from multikeras.training.data import Source, class_weighted, make_source, split_validation
from multikeras.training.data_check import data_check
from multikeras.training.execution import Execution, to_native
from multikeras.training.logs import Logs
from multikeras.training.outputs import Filled, Parts
from multikeras.training.search_step import forget
from multikeras.training.source import read_ahead
from multikeras.training.state_step import takes_state, with_state
from multikeras.training.step import CompiledStep
from multikeras.training.unpack import unpack_x_y_sample_weight

# Batches of a prediction that are computed while an earlier one is fetched.
_ON_THEIR_WAY = 4


def step_function(model: Any, kind: str, force: bool = False) -> Callable[[Any], Any]:
    """The function that runs one step of a kind ("train", "test" or "predict") on a native batch; made once."""
    return execution_of(model, kind, force).step


def execution_of(model: Any, kind: str, force: bool = False) -> Execution:
    """What runs the steps of a kind ("train", "test" or "predict"); made once."""
    if force or kind not in model._step_functions:
        model._step_functions[kind] = _make_execution(model, kind)
    return model._step_functions[kind]


def _make_execution(model: Any, kind: str) -> Execution:
    backend = model._backend
    step = _step_of(model, kind)
    compiles, whole = model._compiles()
    compiled = None
    # A search goes on as the host decides.
    searches = kind == "train" and getattr(model.optimizer, "searches", False)
    compiles = compiles and not searches
    if kind == "train":
        forget(model)
    if compiles:
        compiled = CompiledStep(step, backend, model._step_variables(kind), whole=whole, reuses=kind == "train")
    run: Callable[[Any], Any] = step if compiled is None else compiled
    # A step of its own may use the framework's gradients; ours says what it differentiates.
    own = kind == "train" and model._has_own_step()
    scoped = run if own else _without_gradients(run, backend)
    # A prediction returns the outputs for every batch, not those for the last of a group.
    size = 1 if kind == "predict" else model.steps_per_execution
    if compiled is None and size != 1 and not (model.run_eagerly or searches) and Capability.EAGER_STEPS in backend.can:
        compiled = CompiledStep(scoped, backend, model._step_variables(kind))
    return Execution(scoped, compiled, backend, size, run)


def _step_of(model: Any, kind: str) -> Callable[[Any], Any]:
    """The model's step, which does not keep the model alive: the model keeps the step."""
    reference = weakref.ref(model)
    name = f"{kind}_step"

    def step(*args: Any) -> Any:
        return getattr(reference(), name)(*args)

    return with_state(weakref.proxy(model), step, kind) if takes_state(getattr(model, name)) else step


def _no_gradients(backend: Any) -> Callable[[], contextlib.AbstractContextManager]:
    """What makes a scope in which eager steps record nothing."""
    if backend.autodiff is None or Capability.EAGER_STEPS not in backend.can:
        return contextlib.nullcontext
    return backend.autodiff.no_grad


def _without_gradients(run: Callable[[Any], Any], backend: Any) -> Callable[[Any], Any]:
    no_grad = _no_gradients(backend)
    if no_grad is contextlib.nullcontext:
        return run

    def without_gradients(data: Any) -> Any:
        with no_grad():
            return run(data)

    return without_gradients


def build_from_batch(model: Any, x: Any) -> None:
    """Make the variables of a model that has not been called yet, given a batch of inputs."""
    try:
        _symbolic_call(model, x)
    except Exception as error:
        if isinstance(error, MultikerasError) and not isinstance(error, NoValueError):
            raise
        # Native code in `call` may fail in any way on symbolic tensors.
        try:
            model(to_native(x, model._backend))
        except Exception as second:
            raise second from error
    if not all(layer.built for layer in model._flatten_layers()):
        unbuilt = [layer.path for layer in model._flatten_layers() if not layer.built]
        if any(layer._sublayers() for layer in model._flatten_layers() if not layer.built) and not model.built:
            raise NotBuiltError(f"The model {model.name!r} could not be built from a batch.", received=str(unbuilt))


def _symbolic_call(model: Any, x: Any) -> Any:
    """The model run on symbolic tensors like a batch, recorded nowhere: building leaves no trace in a graph."""
    from multikeras.graph.call import without_history
    from multikeras.ops._values import argument_spec

    def symbolic(leaf: Any) -> Any:
        if leaf is None:
            return None
        spec = argument_spec(leaf, model._backend)
        return KerasTensor((None, *spec.shape[1:]) if spec.shape else (), spec.dtype)

    return without_history(model.__call__, map_structure(symbolic, x))


def symbolic_outputs(model: Any, x: Any) -> Any:
    """The symbolic outputs for a batch, or `None` where `call` cannot be run on symbolic tensors."""
    try:
        return _symbolic_call(model, x)
    except Exception:  # noqa: BLE001 - native code in `call` may fail in any way on symbolic tensors
        return None


def fit(
    model: Any,
    *,
    x: Any,
    y: Any,
    batch_size: int | None,
    epochs: int,
    verbose: Any,
    callbacks: Any,
    validation_split: float,
    validation_data: Any,
    shuffle: bool,
    class_weight: Any,
    sample_weight: Any,
    initial_epoch: int,
    steps_per_epoch: int | None,
    validation_steps: int | None,
    validation_batch_size: int | None,
    validation_freq: Any,
) -> Any:
    """See `Model.fit`."""
    if validation_split and validation_data is None:
        (x, y, sample_weight), validation_data = split_validation(x, y, sample_weight, validation_split, model)
    with contextlib.ExitStack() as opened:
        source = make_source(
            x, y, sample_weight, batch_size=batch_size, steps=steps_per_epoch, shuffle=shuffle, what="fit", model=model
        )
        source = opened.enter_context(_ahead(model, class_weighted(source, class_weight)))
        validation: Source | None = None
        if validation_data is not None:
            size = validation_batch_size or batch_size
            validation = opened.enter_context(_validation_source(model, validation_data, size, validation_steps))
        model._symbolic_build(source.peek())
        _require_variables(model)
        callback_list = _callback_list(model, callbacks, verbose, epochs, source.steps)
        execution = execution_of(model, "train", force=_steps_changed(model))
        model.stop_training = False
        callback_list.on_train_begin()
        # A callback may have loaded the state of a training that was interrupted.
        (initial_epoch, skipped), model._resumes_at = model._resumes_at or (initial_epoch, 0), None
        logs: Any = None
        for epoch in range(initial_epoch, epochs):
            model.reset_metrics()
            callback_list.on_epoch_begin(epoch)
            logs = _run_epoch(model, source, execution, callback_list, "train", skipped)
            skipped = 0
            if validation is not None and _validates(epoch, validation_freq):
                held = _run_epoch_of_test(model, validation, callback_list)
                logs = {**logs, **{f"val_{k}": v for k, v in held.items()}}
            callback_list.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
    optimizer = model.optimizer
    if optimizer is not None and epochs > initial_epoch:
        optimizer.finalize_variable_values(model.trainable_weights)
    callback_list.on_train_end(logs)
    return model.history


def _ahead(model: Any, source: Source) -> Source:
    """A source that is read in the background, where reading runs code of somebody else's; not while debugging."""
    return source if source.lasting or model.run_eagerly else read_ahead(source)


def _steps_changed(model: Any) -> bool:
    """Whether steps were compiled for another set of trained variables than today's."""
    trained = tuple(id(v) for v in model.trainable_variables)
    changed = model._step_functions.get("trained") != trained
    model._step_functions["trained"] = trained
    return changed


def _require_variables(model: Any) -> None:
    optimizer = model.optimizer
    if model._has_own_step():
        return
    if optimizer is not None and optimizer.built and not optimizer.knows(model.trainable_variables):
        raise StateError(
            "An optimizer trains the variables that it was built for.",
            received="a model that has got other variables since",
            hint="model.compile(...) again",
        )


def _validation_source(model: Any, data: Any, batch_size: int | None, steps: int | None) -> Source:
    if isinstance(data, (tuple, list)) and len(data) in (2, 3):
        x, y, sample_weight = unpack_x_y_sample_weight(tuple(data))
    else:
        x, y, sample_weight = data, None, None
    source = make_source(
        x, y, sample_weight, batch_size=batch_size, steps=steps, shuffle=False, what="validation", model=model
    )
    return _ahead(model, source)


def _validates(epoch: int, frequency: Any) -> bool:
    if isinstance(frequency, int):
        if frequency < 1:
            raise ArgumentError("validation_freq is a number of epochs, or a list of them.", received=str(frequency))
        return (epoch + 1) % frequency == 0
    return epoch + 1 in frequency


def _callback_list(model: Any, callbacks: Any, verbose: Any, epochs: int, steps: int | None) -> Any:
    from multikeras.callbacks import CallbackList

    if isinstance(callbacks, CallbackList):
        return callbacks
    return CallbackList(
        callbacks, add_history=True, add_progbar=verbose != 0, model=model, verbose=verbose, epochs=epochs, steps=steps
    )


def _switch_mode(model: Any, kind: str) -> None:
    """Tell the framework's own modules among the layers, where it has such, what the steps to come are for."""
    bind = getattr(model, "_bind_mode", None)
    if bind is not None:
        bind(kind == "train")
    model._step_functions["mode"] = kind


def _run_epoch(
    model: Any, source: Source, execution: Execution, callback_list: Any, kind: str, skipped: int = 0
) -> dict[str, float]:
    """Run the batches of an epoch but the first `skipped`; the logs of its last one, as floats."""
    logs: Any = None
    begin = getattr(callback_list, f"on_{kind}_batch_begin")
    end = getattr(callback_list, f"on_{kind}_batch_end")
    done = skipped
    _switch_mode(model, kind)
    execution.begin_epoch(source.even_steps)
    check = data_check(model, kind, source.peek)
    with keep_walks():
        for group in execution.groups(itertools.islice(source, skipped, None) if skipped else source):
            begin(done)
            if check is not None:
                for number, batch in enumerate(group, done):
                    check(batch, number)
            logs = Logs(model, execution.run(group, source.lasting))
            done += len(group)
            end(done - 1, logs)
            if model.stop_training and kind == "train":
                break
    if not done:
        raise ArgumentError("There is at least one batch in an epoch.", received="data without a batch")
    if source.steps is not None and done < source.steps and not model.stop_training:
        raise ArgumentError(
            "The data lasts as many batches as the epoch has.",
            received=f"{done} batches, {source.steps} wanted",
            hint="fewer steps, or a generator that goes on",
        )
    source.steps = source.steps or done
    # An epoch that was interrupted after its last batch has no logs left.
    return {} if logs is None else logs.as_floats()


def _run_epoch_of_test(model: Any, source: Source, callback_list: Any) -> dict[str, float]:
    model.reset_metrics()
    callback_list.on_test_begin()
    logs = _run_epoch(model, source, execution_of(model, "test"), callback_list, "test")
    callback_list.on_test_end(logs)
    return logs


def evaluate(
    model: Any,
    x: Any,
    y: Any,
    batch_size: int | None,
    verbose: Any,
    sample_weight: Any,
    steps: int | None,
    callbacks: Any,
) -> dict[str, float]:
    """See `Model.evaluate`."""
    source = make_source(
        x, y, sample_weight, batch_size=batch_size, steps=steps, shuffle=False, what="evaluate", model=model
    )
    with _ahead(model, source) as batches:
        model._symbolic_build(batches.peek())
        callback_list = _callback_list(model, callbacks, verbose, 1, batches.steps)
        return _run_epoch_of_test(model, batches, callback_list)


def predict(
    model: Any,
    x: Any,
    batch_size: int | None,
    verbose: Any,
    steps: int | None,
    callbacks: Any,
    out: Any = None,
) -> Any:
    """See `Model.predict`."""
    parts = Parts() if out is None else Filled(out)
    with keep_walks(), _no_gradients(model._backend)():
        for outputs in _predictions(model, x, batch_size, verbose, steps, callbacks):
            parts.add(outputs)
    return parts.joined()


def predict_stream(
    model: Any, x: Any, batch_size: int | None, verbose: Any, steps: int | None, callbacks: Any
) -> Iterator[Any]:
    """The outputs of one batch after the other, as NumPy arrays."""
    predictions = _predictions(model, x, batch_size, verbose, steps, callbacks)
    try:
        while True:
            # Whoever reads a stream may choose another backend between two batches.
            with on_backend(model._backend), keep_walks(), _no_gradients(model._backend)():
                outputs = next(predictions, predictions)
            if outputs is predictions:
                return
            yield outputs
    finally:
        predictions.close()


def _predictions(
    model: Any, x: Any, batch_size: int | None, verbose: Any, steps: int | None, callbacks: Any
) -> Generator[Any]:
    """The outputs of one batch after the other, where the model's backend is the current one, and records
    no gradients."""
    source = make_source(x, None, None, batch_size=batch_size, steps=steps, shuffle=False, what="predict", model=model)
    if not model.built:
        build_from_batch(model, unpack_x_y_sample_weight(source.peek())[0])
    callback_list = _callback_list(model, callbacks, verbose, 1, source.steps)
    execution = execution_of(model, "predict")
    callback_list.on_predict_begin()
    _switch_mode(model, "predict")
    to_numpy = model._backend.tensors.to_numpy
    hooked = callback_list.hears("on_predict_batch_begin") or callback_list.hears("on_predict_batch_end")
    bare, fed, lasting = execution.bare, execution.fed, source.lasting
    check = data_check(model, "predict", source.peek)
    # Some batches are on their way before the first is waited for.
    waiting: collections.deque[Any] = collections.deque()
    number = -1
    try:
        for number, batch in enumerate(source):
            if hooked:
                callback_list.on_predict_batch_begin(number)
            if check is not None:
                check(batch, number)
            outputs = bare(fed(batch, lasting))
            if hooked:
                callback_list.on_predict_batch_end(number, {"outputs": outputs})
            waiting.append(outputs)
            if number >= _ON_THEIR_WAY:
                yield map_structure(to_numpy, waiting.popleft())
        while waiting:
            yield map_structure(to_numpy, waiting.popleft())
    finally:
        source.close()
    if number < 0:
        raise ArgumentError("There is at least one batch to predict for.", received="data without a batch")
    callback_list.on_predict_end()


def on_batch(model: Any, kind: str, data: Any, class_weight: Any = None) -> Any:
    """One step on one batch."""
    source = make_source(
        *unpack_x_y_sample_weight(data), batch_size=None, steps=None, shuffle=False, what=f"{kind}_on_batch", whole=True
    )
    batch = class_weighted(source, class_weight).peek()
    if kind == "predict":
        if not model.built:
            build_from_batch(model, unpack_x_y_sample_weight(batch)[0])
    else:
        model._symbolic_build(batch)
    with keep_walks():
        check = data_check(model, kind, lambda: batch)
        if check is not None:
            check(batch, 0)
        if model._step_functions.get("mode") != kind:
            _switch_mode(model, kind)
        force = kind == "train" and _steps_changed(model)
        outputs = step_function(model, kind, force)(to_native(batch, model._backend))
    if kind == "predict":
        return map_structure(model._backend.tensors.to_numpy, outputs)
    return Logs(model, outputs).as_floats()
