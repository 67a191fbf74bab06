"""Weights in HDF5 files, laid out as by Keras 3."""

from __future__ import annotations

import contextlib
from typing import Any

import h5py
import ml_dtypes
import numpy as np

from multikeras.errors import FileFormatError, MultikerasError, ShapeError
from multikeras.saving.weights_tree import saved_objects


def write_weights(model: Any, target: Any) -> None:
    """Write the variables of a model, and of its optimizer, into a new HDF5 file.

    Args:
        model: A model.
        target: A path or a file object.
    """
    with h5py.File(target, "w") as file:
        for path, obj in saved_objects(model):
            store: dict[str, Any] = {}
            obj.save_own_variables(store)
            group = group_of(file, path, obj)
            for key, value in store.items():
                write_value(group, key, np.asarray(value))


def group_of(file: h5py.File, path: str, obj: Any) -> h5py.Group:
    """The group of an object's variables, made if it is not there."""
    group = file.require_group(f"{path}/vars" if path else "vars")
    group.attrs["name"] = obj.name
    return group


def write_value(group: h5py.Group, key: str, array: np.ndarray) -> None:
    """Add an array to a group."""
    dataset = group.create_dataset(key, data=array)
    if array.dtype == ml_dtypes.bfloat16:
        # HDF5 has no bfloat16: the file has its bits, and says so.
        dataset.attrs["dtype"] = "bfloat16"


def read_weights(model: Any, *sources: Any, skip_mismatch: bool = False, with_optimizer: bool = True) -> None:
    """Assign the values of weights files to the variables of a model.

    Args:
        model: A model.
        sources: Paths or file objects, which hold the values together.
        skip_mismatch: Whether layers that do not match the file keep their values, with a warning.
        with_optimizer: Whether the optimizer's state is read too, where there is any.

    Raises:
        FileFormatError: The file is damaged, links to other files, or holds layers that the model has not.
        ShapeError: Variables do not match. Nothing is assigned then.
    """
    with contextlib.ExitStack() as opened:
        files = [opened.enter_context(_opened(source)) for source in sources]
        plan: list[tuple[str, Any, dict[str, np.ndarray]]] = []
        known: set[str] = set()
        objects = [
            (path, obj) for path, obj in saved_objects(model) if with_optimizer or not path.startswith("optimizer")
        ]
        for path, obj in objects:
            known.add(path)
            store: dict[str, np.ndarray] = {}
            for file in files:
                store.update(_read_group(file, path, obj))
            plan.append((path, obj, store))
        held = [p for file in files for p in _groups_with_values(file)]
        unknown = [p for p in held if p not in known and not p.startswith("optimizer")]
        if unknown and not skip_mismatch:
            raise FileFormatError(
                f"A weights file holds the layers of the model {model.name!r}.",
                received=f"values for {unknown[0]!r}, which the model has not",
                hint="skip_mismatch=True to pass over them",
            )
    _assign(plan, skip_mismatch)


def _assign(plan: list[tuple[str, Any, dict[str, np.ndarray]]], skip_mismatch: bool) -> None:
    # All is checked before anything is changed.
    kept = []
    for path, obj, store in plan:
        try:
            _check(path, obj, store)
        except MultikerasError as error:
            if path.startswith("optimizer"):
                raise
            if not skip_mismatch:
                raise
            import warnings

            warnings.warn(f"{path}: {error.rule} It keeps its values.", stacklevel=4)
            continue
        kept.append((obj, store))
    for obj, store in kept:
        if store or obj_variables(obj):
            obj.load_own_variables(store)


def obj_variables(obj: Any) -> list[Any]:
    """The variables that an object itself saves."""
    return obj._own_variables() if hasattr(obj, "_own_variables") else obj.variables


def _check(path: str, obj: Any, store: dict[str, np.ndarray]) -> None:
    variables = obj_variables(obj)
    plain = type(obj).save_own_variables
    from multikeras.layers.layer import Layer
    from multikeras.optimizers.optimizer import Optimizer

    if plain not in (Layer.save_own_variables, Optimizer.save_own_variables) and getattr(obj, "lora_enabled", True):
        return
    if len(store) != len(variables):
        raise ShapeError(
            f"{path or obj.name} has {len(variables)} variables.",
            received=f"{len(store)} in the file",
            hint=None if variables else "build the model, or call it on a batch, before loading weights",
        )
    for i, v in enumerate(variables):
        value = store.get(str(i))
        if value is None or tuple(value.shape) != tuple(v.shape):
            raise ShapeError(
                f"The variable {v.path!r} has shape {v.shape}.",
                received=f"{None if value is None else value.shape} in the file, at {path!r}",
            )


def _read_group(file: h5py.File, path: str, obj: Any) -> dict[str, np.ndarray]:
    group = _inside(file, f"{path}/vars" if path else "vars", h5py.Group)
    if group is None:
        return {}
    found = {}
    budget = sum(int(np.prod(v.shape)) * 16 for v in obj_variables(obj)) + 4096
    for key in sorted(group, key=lambda k: (len(k), k)):
        dataset = _inside(group, key, h5py.Dataset)
        if dataset is None or dataset.external or dataset.is_virtual:
            raise FileFormatError("A weights file holds its values itself.", received=f"{path}/vars/{key}")
        if dataset.size is None or dataset.size * dataset.dtype.itemsize > budget * 4:
            raise ShapeError(
                f"{path or obj.name} has variables of {[v.shape for v in obj_variables(obj)]}.",
                received=f"{dataset.shape} in the file, at {path}/vars/{key}",
            )
        try:
            array = np.asarray(dataset[()])
        except (OSError, ValueError, TypeError) as error:
            raise FileFormatError("A weights file can be read.", received=f"{path}/vars/{key}: {error}") from error
        if dataset.attrs.get("dtype") == "bfloat16":
            array = array.view(ml_dtypes.bfloat16) if array.dtype.itemsize == 2 else array.astype(ml_dtypes.bfloat16)
        if array.dtype.kind not in "biufcV":
            raise FileFormatError("A weights file holds numbers.", received=f"{path}/vars/{key}: {array.dtype}")
        found[key] = array
    return found


def values_at(path: str, source: Any) -> int:
    """The number of values at a path of a weights file, 0 where there is nothing."""
    with _opened(source) as file:
        group = _inside(file, path, h5py.Group)
        return 0 if group is None else len(group)


def _opened(source: Any) -> h5py.File:
    try:
        return h5py.File(source, "r")
    except (OSError, ValueError) as error:
        raise FileFormatError("A weights file is an HDF5 file.", received=str(error)) from error


def _inside(parent: Any, path: str, kind: type) -> Any:
    """What lies at a path by hard links alone; `None` for nothing. Links out of the file are refused."""
    here = parent
    for name in path.split("/"):
        if not isinstance(here, h5py.Group) or name not in here:
            return None
        link = here.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise FileFormatError("A weights file holds its values itself, without links.", received=f"{path}: {link}")
        here = here[name]
    if not isinstance(here, kind):
        raise FileFormatError("A weights file has groups of values.", received=f"{path} is a {type(here).__name__}")
    return here


def _groups_with_values(file: h5py.File) -> list[str]:
    """The paths of objects with values in the file."""
    found = []
    pending: list[tuple[str, Any]] = [("", file)]
    while pending:
        path, group = pending.pop()
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise FileFormatError(
                    "A weights file holds its values itself, without links.", received=f"{path}/{name}"
                )
            child = group[name]
            if not isinstance(child, h5py.Group):
                continue
            if name == "vars":
                if len(child):
                    found.append(path)
            else:
                pending.append((f"{path}/{name}" if path else name, child))
    return found
