"""Trainer: what makes a model trainable; the base of `Model`."""

from __future__ import annotations

import warnings
from typing import Any

from multikeras.backend.contract import Capability
from multikeras.backend.select import on_backend, use_backend
from multikeras.errors import ArgumentError, NotSupportedError, StateError
from multikeras.graph.operation import flatten
from multikeras.layers.layer import Layer
from multikeras.training import loop
from multikeras.training.gradients import value_and_grad
from multikeras.training.search_step import search
from multikeras.training.unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight

_COMPILED = ("optimizer", "loss", "_compiled_loss", "_compiled_metrics", "_loss_tracker")


class Trainer(Layer):
    """Compiling, fitting, evaluating and predicting."""

    def _start_training_state(self) -> None:
        self._compiled = False
        self.loss: Any = None
        self._compiled_loss: Any = None
        self._compiled_metrics: Any = None
        self._loss_tracker: Any = None
        self._compile_config: dict[str, Any] | None = None
        self._run_eagerly = False
        self._jit_compile: Any = None
        self._step_functions: dict[str, Any] = {}
        self.optimizer: Any = None
        self.steps_per_execution = 1
        self.auto_scale_loss = True
        self.stop_training = False
        # The epoch, and the batches of it that are done, where a callback has loaded them.
        self._resumes_at: tuple[int, int] | None = None
        self._hold_apart()

    def _hold_apart(self) -> None:
        """Keep what compiling makes from being tracked and saved as a part of the model."""
        apart = self._internal_attributes | {*_COMPILED, "_step_functions"}
        object.__setattr__(self, "_internal_attributes", apart)

    def __getstate__(self) -> dict[str, Any]:
        # Compiled steps hold functions of a framework: a copy makes its own.
        return {**super().__getstate__(), **{name: getattr(self, name) for name in _COMPILED}, "_step_functions": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._hold_apart()
        super().__setstate__(state)
        history = vars(self).get("history")
        if history is not None:
            history.set_model(self)

    def _compiled_parts(self) -> list[Any]:
        """What compiling made, which twins of the model may share."""
        return [getattr(self, name) for name in _COMPILED]

    # -- Compiling --------------------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: Any = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Say how the model is trained.

        Args:
            optimizer: An `Optimizer`, or its name.
            loss: A `Loss`, a function of `(y_true, y_pred)` or a name; nested like the outputs, or one for all.
            loss_weights: Numbers that the losses of several outputs are multiplied by.
            metrics: `Metric`s, functions or names; nested like the outputs.
            weighted_metrics: Likewise; sample weights count in them.
            run_eagerly: Whether steps run uncompiled, so that a debugger can follow them.
            steps_per_execution: How many steps run in one call: callbacks hear of the last one, and frameworks that
                can, do it in one dispatch. `"auto"` times one against several and keeps what is faster.
            jit_compile: Whether the framework's optimizing compiler is used: `True`, `False` or `"auto"`.
            auto_scale_loss: Whether the optimizer is wrapped for loss scaling under the policy "mixed_float16".

        Raises:
            ArgumentError: An argument is none of these.
        """
        from multikeras import optimizers
        from multikeras.metrics import Mean
        from multikeras.training.compiled_loss import CompiledLoss
        from multikeras.training.compiled_metrics import CompiledMetrics

        if jit_compile not in (True, False, "auto"):
            raise ArgumentError("jit_compile is True, False or 'auto'.", received=repr(jit_compile))
        if run_eagerly and jit_compile is True:
            raise ArgumentError("A step is run eagerly or compiled.", received="run_eagerly=True, jit_compile=True")
        if steps_per_execution != "auto" and (
            isinstance(steps_per_execution, bool) or not isinstance(steps_per_execution, int) or steps_per_execution < 1
        ):
            raise ArgumentError(
                "steps_per_execution is an integer from 1 on, or 'auto'.", received=repr(steps_per_execution)
            )
        with on_backend(self._backend):
            self.optimizer = self._scaling(optimizers.get(optimizer), auto_scale_loss)
            self.loss = loss
            self._compiled_loss = None
            if loss is not None:
                self._compiled_loss = CompiledLoss(loss, loss_weights, output_names=self._output_names())
            self._compiled_metrics = None
            if metrics is not None or weighted_metrics is not None:
                self._compiled_metrics = CompiledMetrics(metrics, weighted_metrics, output_names=self._output_names())
            self._loss_tracker = Mean(name="loss")
        self._run_eagerly = bool(run_eagerly)
        self._jit_compile = jit_compile
        self.steps_per_execution = steps_per_execution
        self.auto_scale_loss = auto_scale_loss
        self._compile_config = {
            "optimizer": optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile,
        }
        self.stop_training = False
        self._step_functions = {}
        self._compiled = True

    def _scaling(self, optimizer: Any, auto_scale_loss: bool) -> Any:
        """The optimizer, with loss scaling where float16 asks for it."""
        from multikeras.optimizers import LossScaleOptimizer, Optimizer

        if not auto_scale_loss or self.dtype_policy.name != "mixed_float16" or not isinstance(optimizer, Optimizer):
            return optimizer
        if isinstance(optimizer, LossScaleOptimizer):
            return optimizer
        return LossScaleOptimizer(optimizer, name="loss_scale_optimizer")

    def _output_names(self) -> list[str] | None:
        function = getattr(self, "_function", None)
        if function is None:
            return None
        if isinstance(function.output, dict):
            return list(function.output)
        names = [x._keras_history.operation.name for x in function.outputs]
        # Keras numbers outputs of one layer apart.
        seen: dict[str, int] = {}
        unique = []
        for name in names:
            count = seen.get(name, 0)
            seen[name] = count + 1
            unique.append(f"{name}_{count}" if count else name)
        return unique

    @property
    def output_names(self) -> list[str] | None:
        """The names of a graph's outputs."""
        return self._output_names()

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self._compiled

    @property
    def run_eagerly(self) -> bool:
        """Whether steps run uncompiled."""
        return self._run_eagerly

    @run_eagerly.setter
    def run_eagerly(self, value: bool) -> None:
        self._run_eagerly = bool(value)
        self._step_functions = {}

    @property
    def jit_compile(self) -> bool:
        """Whether the framework's optimizing compiler is used."""
        return self._jit_compile is True

    @jit_compile.setter
    def jit_compile(self, value: Any) -> None:
        self._jit_compile = value
        self._step_functions = {}

    def _needs_compile(self, what: str) -> None:
        if not self._compiled:
            raise StateError(
                f"The model {self.name!r} is compiled before `{what}`.",
                hint="model.compile(optimizer='adam', loss='mse')",
            )

    def get_compile_config(self) -> dict[str, Any] | None:
        """The arguments of `compile` in a form that can be written down."""
        from multikeras.saving.serialization import serialize_keras_object

        if self._compile_config is None:
            return None
        return serialize_keras_object(self._compile_config)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with the result of `get_compile_config`.

        A class with a `compile` of its own takes other arguments: it is left uncompiled, with a warning, unless it
        defines this method too.
        """
        from multikeras.saving.serialization import deserialize_keras_object

        if type(self).compile is not Trainer.compile:
            warnings.warn(
                f"The model {self.name!r} has a `compile` of its own and was not compiled: call it, or define "
                "`compile_from_config`.",
                stacklevel=2,
            )
            return
        config = deserialize_keras_object(config)
        with on_backend(self._backend):
            self.compile(**config)
            if self.built and self.optimizer is not None:
                self.optimizer.build(self.trainable_variables)

    # -- Metrics ----------------------------------------------------------------------------------------------

    @property
    def metrics(self) -> list[Any]:
        """The loss tracker, the metrics given to `compile` and those of the layers."""
        found = [] if self._loss_tracker is None else [self._loss_tracker]
        found += super().metrics
        if self._compiled_metrics is not None:
            found.append(self._compiled_metrics)
        if self._compiled_loss is not None:
            found += self._compiled_loss.metrics
        return list({id(m): m for m in found}.values())

    @property
    def metrics_names(self) -> list[str]:
        """The names of the metrics."""
        return [m.name for m in self.metrics]

    def reset_metrics(self) -> None:
        """Start every metric afresh."""
        with on_backend(self._backend):
            for metric in self.metrics:
                metric.reset_state()

    def get_metrics_result(self) -> dict[str, Any]:
        """The results of all metrics by name, as scalar tensors."""
        results: dict[str, Any] = {}
        for metric in self.metrics:
            result = metric.result()
            if isinstance(result, dict):
                results.update(result)
            else:
                results[metric.name] = result
        return results

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Update the metrics with a batch, and return their results. Subclasses may replace it."""
        self._update_metrics(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def _update_metrics(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        if self._compiled_metrics is not None and y is not None:
            self._compiled_metrics.update_state(y, y_pred, sample_weight)

    # -- Losses -----------------------------------------------------------------------------------------------

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The scalar that is minimized: the compiled loss and what layers and regularizers add. Subclasses may
        replace it.

        Args:
            x: The inputs of the batch.
            y: Its targets.
            y_pred: The outputs of the model.
            sample_weight: Weights of the samples.
            training: Whether it is a training step.

        Raises:
            StateError: There is neither a compiled loss nor an added one.
        """
        from multikeras import ops

        total = None
        if self._compiled_loss is not None:
            total = self._compiled_loss(y, y_pred, sample_weight)
        for loss in self._own_losses():
            term = ops.cast(loss, "float32") if ops.dtype(loss) != "float64" else loss
            total = term if total is None else ops.add(total, term)
        if total is None:
            raise StateError(
                f"The model {self.name!r} has nothing to minimize.",
                hint="compile(loss='mse'), or add_loss() in a layer",
            )
        return total

    def stateless_compute_loss(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        metrics_variables: Any,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """`compute_loss` as a pure function of the values of the variables."""
        from multikeras.state.scope import StatelessScope

        pairs = [
            *zip(self.trainable_variables, trainable_variables, strict=True),
            *zip(self.non_trainable_variables, non_trainable_variables, strict=True),
            *zip(self.metrics_variables, metrics_variables, strict=True),
        ]
        with on_backend(self._backend), StatelessScope(pairs) as scope:
            loss = self.compute_loss(x, y, y_pred, sample_weight, training)
        updated = [
            [scope.get_current_value(v) for v in vs] for vs in (self.non_trainable_variables, self.metrics_variables)
        ]
        return loss, (trainable_variables, *updated)

    def compute_loss_and_updates(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        metrics_variables: Any,
        x: Any,
        y: Any,
        sample_weight: Any,
        training: bool = False,
        optimizer_variables: Any = None,
    ) -> Any:
        """The loss of a batch as a pure function of the values of the variables, to be differentiated with respect to
        the first argument.

        Args:
            trainable_variables: Values for `trainable_variables`, in order.
            non_trainable_variables: Values for `non_trainable_variables`, in order.
            metrics_variables: Values for `metrics_variables`, in order.
            x: The inputs of the batch.
            y: Its targets.
            sample_weight: Weights of the samples.
            training: Whether it is a training step.
            optimizer_variables: Values for the optimizer's variables: with them the loss is scaled as it asks.

        Returns:
            `(loss, (unscaled loss, outputs, non_trainable_variables, metrics_variables))`, the values being those after
            the call.
        """
        from multikeras.state.scope import StatelessScope

        others, metrics = self.non_trainable_variables, self.metrics_variables
        pairs = [
            *zip(self.trainable_variables, trainable_variables, strict=True),
            *zip(others, non_trainable_variables, strict=True),
            *zip(metrics, metrics_variables, strict=True),
        ]
        optimizer = self.optimizer if optimizer_variables is not None and training else None
        if optimizer is not None:
            pairs += zip(optimizer.variables, optimizer_variables or (), strict=True)
        with on_backend(self._backend), StatelessScope(pairs) as scope:
            loss, y_pred = self._forward_and_loss(x, y, sample_weight, training)
            scaled = loss if optimizer is None else optimizer.scale_loss(loss)
            self._clear_losses()
        updated = [[scope.get_current_value(v) for v in variables] for variables in (others, metrics)]
        return scaled, (loss, y_pred, *updated)

    # -- Steps ------------------------------------------------------------------------------------------------

    def _forward(self, x: Any, training: bool) -> Any:
        return self(x, training=training) if self._call_signature.takes_training else self(x)

    def _forward_and_loss(self, x: Any, y: Any, sample_weight: Any, training: bool) -> tuple[Any, Any]:
        y_pred = self._forward(x, training)
        loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)
        return loss, y_pred

    def train_step(self, data: Any) -> dict[str, Any] | None:
        """One step of training on a batch. Subclasses may replace it, with one source for every backend:

        ```python
        def train_step(self, data):
            x, y = data
            loss, gradients = keras.value_and_grad(lambda: self.loss_of(x, y), self.trainable_variables)
            self.optimizer.apply(gradients, self.trainable_variables)
            return {"loss": loss}
        ```

        Args:
            data: A batch: `x`, `(x, y)` or `(x, y, sample_weight)`.

        Returns:
            Scalars by name for the logs.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        variables = self.trainable_variables
        scale = getattr(self.optimizer, "scale_loss", None)

        def loss_and_outputs() -> tuple[Any, Any]:
            loss, y_pred = self._forward_and_loss(x, y, sample_weight, True)
            return (loss if scale is None else scale(loss)), (loss, y_pred)

        if variables and getattr(self.optimizer, "searches", False):
            loss, y_pred = search(self, x, y, sample_weight)
        elif variables:
            (_, (loss, y_pred)), gradients = value_and_grad(loss_and_outputs, variables, has_aux=True)
            self.optimizer.apply(gradients, variables)
        else:
            loss, y_pred = self._forward_and_loss(x, y, sample_weight, True)
        return self._logs(x, y, y_pred, sample_weight, loss)

    def test_step(self, data: Any) -> dict[str, Any] | None:
        """One step of evaluation on a batch. Subclasses may replace it."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self._forward(x, False)
        loss = None
        if self._compiled_loss is not None or self._own_losses():
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=False)
        return self._logs(x, y, y_pred, sample_weight, loss)

    def _logs(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, loss: Any) -> dict[str, Any] | None:
        if loss is not None:
            self._loss_tracker.update_state(loss, sample_weight=_batch_size(x))
        if type(self).compute_metrics is not Trainer.compute_metrics:
            return self.compute_metrics(x, y, y_pred, sample_weight)
        self._update_metrics(y, y_pred, sample_weight)
        # The loop asks for the results when somebody looks at them, not at every step.
        return None

    def predict_step(self, data: Any) -> Any:
        """The outputs for a batch. Subclasses may replace it."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self._forward(x, False)

    def make_train_function(self, force: bool = False) -> Any:
        """The function that runs a training step on a batch; made anew under `force`."""
        return loop.step_function(self, "train", force)

    def make_test_function(self, force: bool = False) -> Any:
        """The function that runs an evaluation step on a batch; made anew under `force`."""
        return loop.step_function(self, "test", force)

    def make_predict_function(self, force: bool = False) -> Any:
        """The function that runs a prediction step on a batch; made anew under `force`."""
        return loop.step_function(self, "predict", force)

    # -- Loops ------------------------------------------------------------------------------------------------

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> Any:
        """Train for some epochs.

        Args:
            x: Inputs: arrays or tensors nested like the model's inputs, or a generator of batches.
            y: Targets, nested like the outputs.
            batch_size: Samples a batch, 32 by default.
            epochs: The epoch to stop after, counted from zero.
            verbose: 0 silent, 1 a progress bar, 2 a line an epoch; `"auto"` is 1 on a terminal and 2 elsewhere.
            callbacks: `Callback`s.
            validation_split: The share of the data, taken from its end before shuffling, that is evaluated on.
            validation_data: `(x, y)` or `(x, y, sample_weight)` to evaluate on after each epoch.
            shuffle: Whether the samples are shuffled before each epoch, alike on every backend.
            class_weight: A weight for each class number.
            sample_weight: A weight for each sample.
            initial_epoch: The epoch to start at.
            steps_per_epoch: Batches an epoch; all by default.
            validation_steps: Batches to evaluate on; all by default.
            validation_batch_size: Samples a batch of evaluation; `batch_size` by default.
            validation_freq: Epochs between evaluations, or the epochs (from 1) to evaluate after.

        Returns:
            The `History`: logs of each epoch by name.

        Raises:
            StateError: The model is not compiled.
            ArgumentError: The data's lengths differ, or an argument has no meaning.
        """
        self._needs_compile("fit")
        with use_backend(self._backend):
            return loop.fit(
                self,
                x=x,
                y=y,
                batch_size=batch_size,
                epochs=epochs,
                verbose=verbose,
                callbacks=callbacks,
                validation_split=validation_split,
                validation_data=validation_data,
                shuffle=shuffle,
                class_weight=class_weight,
                sample_weight=sample_weight,
                initial_epoch=initial_epoch,
                steps_per_epoch=steps_per_epoch,
                validation_steps=validation_steps,
                validation_batch_size=validation_batch_size,
                validation_freq=validation_freq,
            )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """The loss and the metrics over some data.

        Args:
            x: Inputs, as in `fit`.
            y: Targets.
            batch_size: Samples a batch, 32 by default.
            verbose: As in `fit`.
            sample_weight: A weight for each sample.
            steps: Batches to evaluate on; all by default.
            callbacks: `Callback`s.
            return_dict: Whether the results come by name.
            kwargs: None are taken.

        Returns:
            The loss as a float where there is nothing else, a list with the metrics behind it, or a dict.
        """
        self._needs_compile("evaluate")
        if kwargs:
            raise ArgumentError("evaluate has no such arguments.", received=", ".join(kwargs))
        with use_backend(self._backend):
            logs = loop.evaluate(self, x, y, batch_size, verbose, sample_weight, steps, callbacks)
        return logs if return_dict else flatten_logs(self, logs)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        stream: bool = False,
        out: Any = None,
    ) -> Any:
        """The outputs for some data, as NumPy arrays.

        Args:
            x: Inputs, as in `fit`.
            batch_size: Samples a batch, 32 by default.
            verbose: As in `fit`.
            steps: Batches to predict for; all by default.
            callbacks: `Callback`s.
            stream: Whether to return an iterator over the outputs of each batch, which are computed as they are asked
                for: memory does not grow with the data.
            out: Arrays to write the outputs into, nested like them, such as memory maps; they are returned.

        Raises:
            ArgumentError: `out` is no array, or both `stream` and `out` are given.
            ShapeError: `out` does not have a row of the outputs' shape for each sample.
            DTypeError: `out` cannot hold the outputs.

        ```python
        >>> import numpy as np
        >>> import multikeras as keras
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        >>> [part.shape for part in model.predict(np.ones((5, 3)), batch_size=2, stream=True, verbose=0)]
        [(2, 2), (2, 2), (1, 2)]

        ```
        """
        if stream:
            if out is not None:
                raise ArgumentError("Outputs are streamed, or written into arrays.", received="stream=True and out")
            return loop.predict_stream(self, x, batch_size, verbose, steps, callbacks)
        with use_backend(self._backend):
            return loop.predict(self, x, batch_size, verbose, steps, callbacks, out)

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step of training on a batch; the loss and the metrics so far."""
        self._needs_compile("train_on_batch")
        with use_backend(self._backend):
            logs = loop.on_batch(self, "train", pack_x_y_sample_weight(x, y, sample_weight), class_weight)
        return logs if return_dict else flatten_logs(self, logs)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """One step of evaluation on a batch; the loss and the metrics so far."""
        self._needs_compile("test_on_batch")
        with use_backend(self._backend):
            logs = loop.on_batch(self, "test", pack_x_y_sample_weight(x, y, sample_weight))
        return logs if return_dict else flatten_logs(self, logs)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for a batch, as NumPy arrays."""
        with use_backend(self._backend):
            return loop.on_batch(self, "predict", (x,))

    def _symbolic_build(self, data: Any) -> None:
        """Make every variable, given a batch: by running the model on symbolic tensors, or else on the batch itself."""
        if not self.built and self._needs_no_build():
            # Its step may call the layers on anything, or `call` not at all.
            self.built = True
        if not self.built:
            x, _, _ = unpack_x_y_sample_weight(data)
            loop.build_from_batch(self, x)
        self._build_metrics(data)
        if self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)

    def _has_own_step(self) -> bool:
        """Whether a subclass defines the step of training: what is trained there, and by which optimizer, is its
        affair."""
        return type(self).train_step is not Trainer.train_step

    def _needs_no_build(self) -> bool:
        """Whether it has a step of its own, and nothing that is not built yet."""
        layers = self._flatten_layers(include_self=False)  # type: ignore[attr-defined]
        return self._has_own_step() and self._builds_by_call() and bool(layers) and all(layer.built for layer in layers)

    def _build_metrics(self, data: Any) -> None:
        """Make the variables of losses and metrics before a step is traced."""
        x, y, _ = unpack_x_y_sample_weight(data)
        waiting = [c for c in (self._compiled_loss, self._compiled_metrics) if c is not None]
        if y is None or all(getattr(c, "built", False) or getattr(c, "_rows", None) for c in waiting):
            return
        y_pred = loop.symbolic_outputs(self, x)
        if y_pred is not None:
            for c in waiting:
                c.build(y, y_pred)

    def _step_variables(self, kind: str) -> list[Any]:
        """The variables that a step is known to read."""
        found = [*self.variables, *self.metrics_variables]
        if kind == "train" and self.optimizer is not None:
            found += self.optimizer.variables
        return found

    def _compiles(self) -> tuple[bool, bool]:
        """Whether steps are compiled, and whether by the framework's optimizing compiler."""
        can = self._backend.can
        if self._run_eagerly or (self._jit_compile is False and Capability.EAGER_STEPS in can):
            return False, False
        if self._jit_compile is True:
            if Capability.COMPILE not in can:
                raise NotSupportedError(
                    f"The {self._backend.name} backend compiles nothing.", hint="jit_compile='auto'"
                )
            return True, True
        return Capability.COMPILE in can and Capability.EAGER_STEPS not in can, False


def _batch_size(x: Any) -> Any:
    from multikeras import ops

    for leaf in flatten(x):
        if leaf is not None and len(getattr(leaf, "shape", ())) > 0:
            return ops.shape(leaf)[0]
    return 1


def flatten_logs(model: Any, logs: dict[str, Any]) -> Any:
    """Logs as `evaluate` returns them: the loss alone, or a list in the order of the metrics."""
    values = [float(v) for v in logs.values()]
    return values[0] if len(values) == 1 else values
