"""Weights in several HDF5 files of a limited size, with a JSON index, laid out as by Keras 3."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import h5py
import numpy as np

from multikeras.errors import ArgumentError, FileFormatError
from multikeras.saving.atomic import atomic_path
from multikeras.saving.weights_file import group_of, write_value
from multikeras.saving.weights_tree import saved_objects

ENDING = ".weights.json"


def write_shards(model: Any, index: pathlib.Path, gigabytes: float) -> None:
    """Write the variables of a model, and of its optimizer, into files beside an index.

    The index is replaced last, so an error before leaves the old files as they were.

    Args:
        model: A model.
        index: The path of the index, which ends in `.weights.json`.
        gigabytes: The greatest size of a file's values, in units of 2**30 bytes.

    Raises:
        ArgumentError: The limit is not above zero, or a variable is above it.
    """
    if isinstance(gigabytes, bool) or not isinstance(gigabytes, (int, float)) or not gigabytes > 0:
        raise ArgumentError("`max_shard_size` is a number of GB above zero.", received=repr(gigabytes), hint="5")
    limit = gigabytes * 2**30
    base = index.name.removesuffix(ENDING)
    with atomic_path(index) as fresh:
        names: list[str] = []
        weight_map: dict[str, list[str]] = {}
        filled = total = 0
        file: h5py.File | None = None
        try:
            for path, obj in saved_objects(model):
                store: dict[str, Any] = {}
                obj.save_own_variables(store)
                for key, value in store.items():
                    array = np.asarray(value)
                    if array.nbytes > limit:
                        raise ArgumentError(
                            f"A file holds each variable whole: {path}/vars/{key} has {array.nbytes / 2**30:.3g} GB.",
                            received=f"max_shard_size={gigabytes}",
                        )
                    if file is None or filled + array.nbytes > limit:
                        if file is not None:
                            file.close()
                        names.append(f"{base}_{len(names):05}.weights.h5")
                        file, filled = h5py.File(fresh.parent / names[-1], "w"), 0
                    filled += array.nbytes
                    total += array.nbytes
                    write_value(group_of(file, path, obj), key, array)
                    held = weight_map.setdefault(f"/{path}/vars" if path else "/vars", [])
                    if names[-1] not in held:
                        held.append(names[-1])
        finally:
            if file is not None:
                file.close()
        # One file is named alone, several in a list.
        written = {path: held[0] if len(held) == 1 else held for path, held in weight_map.items()}
        fresh.write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": written}, indent=4))
        for name in names:
            (fresh.parent / name).replace(index.parent / name)


def shards_of(index: pathlib.Path) -> list[pathlib.Path]:
    """The files that an index names, in order of name.

    Raises:
        FileFormatError: It is no index, names something out of its folder, or something that is not there.
    """
    try:
        weight_map = json.loads(index.read_text())["weight_map"]
        held = {name for names in weight_map.values() for name in ([names] if isinstance(names, str) else names)}
        plain = all(isinstance(name, str) and pathlib.PurePath(name).name == name for name in held)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileFormatError(
            "An index of weights is JSON with a `weight_map`.", received=f"{index}: {type(error).__name__}: {error}"
        ) from error
    if not plain or not all(name.endswith(".weights.h5") and "\\" not in name for name in held):
        raise FileFormatError("An index names files beside it.", received=", ".join(sorted(map(repr, held))))
    found = [index.parent / name for name in sorted(held)]
    for path in found:
        if not path.is_file():
            raise FileFormatError("Every file that an index names is beside it.", received=str(path))
    return found
