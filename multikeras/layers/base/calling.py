"""Calls of a layer: the direct path of one native tensor, and that of everything else."""

from __future__ import annotations

from typing import Any

from multikeras.backend.select import on_backend, selection
from multikeras.errors import NotSupportedError
from multikeras.graph.keras_tensor import any_symbolic
from multikeras.graph.operation import flatten
from multikeras.layers.base.call_context import calls, changes
from multikeras.layers.base.input_spec import InputSpec, check_all
from multikeras.layers.base.masking import Masking
from multikeras.state.masks import attached, is_traced, masks
from multikeras.state.scope import scopes


class Calling(Masking):
    """The side of a layer that is called on tensors."""

    # What a switch of the backend's framework says of training, for calls that do not; `None` where it was not used.
    _mode: bool | None = None

    # What looks at data on the host that the layer is called on itself, before a step: a function of an array, which
    # raises what the layer would.
    _check_data: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # The direct path: native tensors of dtypes that need no cast, into a built layer, with nothing unusual on.
        if (
            self._direct
            and not masks.live
            and not attached.seen
            and scopes.autocast is self._casts
            and selection.backend is self._backend
            and self._changes_seen == changes.count
        ):
            signature = self._call_signature
            if len(args) == 1 and type(args[0]) in self._takes_native and signature.one_input:
                x = args[0]
                if x.dtype in self._plain_dtypes and (not kwargs or (len(kwargs) == 1 and "training" in kwargs)):
                    inner = calls.training
                    training = kwargs["training"] if kwargs else None
                    if training is None:
                        training = inner
                    try:
                        spec = self.input_spec
                        if type(spec) is InputSpec:
                            spec.check(x.shape, x.dtype, self.name)
                        elif spec is not None:
                            check_all(spec, x, self.name)
                        if training is inner:
                            if self._frozen_call is not None:
                                return self._frozen_call(x, training)
                            if signature.takes_training:
                                if training is None:
                                    training = signature.training_default if self._mode is None else self._mode
                                return self.call(x, training=training)
                            return self.call(x)
                        calls.training = training
                        try:
                            if self._frozen_call is not None:
                                return self._frozen_call(x, training)
                            if signature.takes_training:
                                return self.call(x, training=training)
                            return self.call(x)
                        finally:
                            calls.training = inner
                    except Exception as error:
                        self._add_context(error, args, kwargs)
                        raise
            elif self._are_plain(args, kwargs):
                return self._call_plain(args, kwargs)
        return self._call_any(args, kwargs)

    def _are_plain(self, args: tuple, kwargs: dict[str, Any]) -> bool:
        """Whether a call has only native tensors that need no preparation, flags and lists of both, and no masks."""
        takes, plain = self._takes_native, self._plain_dtypes
        for x in args:
            kind = type(x)
            if kind in takes:
                if x.dtype not in plain:
                    return False
            elif kind is list or kind is tuple:
                for inner in x:
                    if type(inner) not in takes or inner.dtype not in plain:
                        return False
            elif x is not None and kind is not bool:
                return False
        masked = self._call_signature.mask_of
        for name, x in kwargs.items():
            kind = type(x)
            if kind in takes:
                if x.dtype not in plain or name in masked:
                    return False
            elif x is not None and kind is not bool:
                return False
        # Masks may also be given by position, where nothing tells them from other tensors.
        return len(args) <= self._call_signature.before_masks

    def _call_plain(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        signature = self._call_signature
        inner = calls.training
        training = inner
        if signature.takes_training:
            if len(args) <= signature.training_position:
                given = kwargs.get("training")
                training = inner if given is None else given
                mode = signature.training_default if self._mode is None else self._mode
                kwargs["training"] = mode if training is None else training
            elif args[signature.training_position] is None:
                return self._call_any(args, kwargs)
            else:
                training = args[signature.training_position]
        elif "training" in kwargs:
            given = kwargs.pop("training")
            training = inner if given is None else given
        try:
            if self.input_spec is not None:
                check_all(self.input_spec, args[0] if args else kwargs.get(signature.first or ""), self.name)
            if training is inner:
                return self.call(*args, **kwargs)
            calls.training = training
            try:
                return self.call(*args, **kwargs)
            finally:
                calls.training = inner
        except Exception as error:
            self._add_context(error, args, kwargs)
            raise

    def _call_any(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """A call on anything: symbolic or host inputs, several of them, masks, an unbuilt layer."""
        self._check_initialized()
        # What a trace writes down is fast anyway, and compilers can't follow the writing of code.
        if self.built and self._changes_seen != changes.count and not is_traced():
            self._freeze()
        if any_symbolic(flatten((args, kwargs))):
            return self.symbolic_call(*args, **kwargs)
        if selection.backend is not self._backend:
            with on_backend(self._backend):
                return self._call_here(args, kwargs)
        return self._call_here(args, kwargs)

    def _call_here(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        from multikeras.layers.base.direct_call import prepare_input

        signature = self._call_signature
        training = kwargs.pop("training", None) if not signature.takes_training else None
        try:
            bound = signature.bind(args, kwargs)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}.call: {error}") from None
        backend = self._backend
        dtype = self.compute_dtype if self._autocast else None
        inputs = {
            name: prepare_input(value, backend, dtype, self) if name not in ("training", *signature.mask_of) else value
            for name, value in bound.items()
        }
        previous_masks = self._gather_masks(signature, inputs)
        if signature.takes_training:
            training = inputs.get("training")
        outer = calls.training
        if training is None:
            training = outer
        if signature.takes_training:
            mode = training if training is not None else self._mode
            inputs["training"] = mode if mode is not None else signature.training_default
        first = inputs.get(signature.first) if signature.first else None
        if calls.depth == 0:
            self._clear_losses()
        calls.depth += 1
        calls.training = training
        before = scopes.autocast
        wanted = self.compute_dtype if self._mixed() else None
        try:
            self._admit(first, inputs)
            if wanted is not before:
                scopes.autocast = wanted
                scopes.refresh()
            positional, keywords = signature.spread(inputs)
            outputs = self.call(*positional, **keywords)
            if self.activity_regularizer is not None:
                self._add_activity_losses(outputs)
        except Exception as error:
            self._add_context(error, args, kwargs)
            raise
        finally:
            if wanted is not before:
                scopes.autocast = before
                scopes.refresh()
            calls.training = outer
            calls.depth -= 1
        if previous_masks is not None:
            self._hand_on_masks(first, outputs, previous_masks)
        return outputs

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The outputs for some inputs. Every subclass defines it.

        Raises:
            NotSupportedError: The subclass does not.
        """
        raise NotSupportedError(f"{type(self).__name__} defines `call`.", hint="def call(self, inputs): ...")

    def _add_context(self, error: Exception, args: tuple, kwargs: dict[str, Any]) -> None:
        from multikeras.ops._values import describe_value

        shown = [describe_value(a) for a in args] + [f"{k}={describe_value(v)}" for k, v in kwargs.items()]
        error.add_note(f"in layer {self.path!r} ({type(self).__name__}) called with {', '.join(shown)}")
