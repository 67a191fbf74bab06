"""Compilation: how a model is to be trained."""

from __future__ import annotations

import warnings
from typing import Any

from multikeras.backend.contract import Capability
from multikeras.backend.select import on_backend
from multikeras.errors import ArgumentError, NotSupportedError, StateError
from multikeras.training.base.training_state import TrainingState


class Compilation(TrainingState):
    """The optimizer, the loss, the metrics, and how steps are run: what `compile` is given."""

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

        if type(self).compile is not Compilation.compile:
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
