"""Saving and loading models and weights."""

from __future__ import annotations

import datetime as dt
import json
import os
import pathlib
import tempfile
import warnings
import zipfile
from collections.abc import Sequence
from typing import Any

from multikeras.errors import ArgumentError, FileFormatError, MultikerasError, SerializationError
from multikeras.saving.atomic import atomic_path
from multikeras.saving.object_registration import CustomObjectScope
from multikeras.saving.serialization import deserialize_keras_object, serialize_keras_object
from multikeras.saving.weights_file import read_weights, values_at, write_weights
from multikeras.saving.weights_shards import ENDING, shards_of, write_shards

CONFIG = "config.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"

# The version of Keras whose format is written.
KERAS_FORMAT = "3.15.1"
# No configuration is as large as this; what claims to be is a trap.
MOST_CONFIG_BYTES = 256 * 1024**2


def save_model(model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any) -> None:
    """Save a model: configuration, weights, and how it was compiled, with the optimizer's state.

    The file appears when it is complete; an interrupted save leaves what was there.

    Args:
        model: The model.
        filepath: A path that ends in `.keras`.
        overwrite: Whether a file that is there is replaced.
        zipped: Whether it is one zip file (the default), or a folder.
        kwargs: None are taken.

    Raises:
        ArgumentError: The path's ending is wrong, or there is a file that must not be replaced.
        NotSupportedError: The configuration can't be written down.
    """
    if kwargs:
        raise ArgumentError("save_model has no such arguments.", received=", ".join(kwargs))
    path = _target(filepath, ".keras", overwrite)
    config = json.dumps(serialize_keras_object(model))
    from multikeras._version import __version__

    now = dt.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = json.dumps({"keras_version": KERAS_FORMAT, "date_saved": now, "multikeras_version": __version__})
    with atomic_path(path) as fresh:
        if zipped is False:
            fresh.mkdir()
            (fresh / METADATA).write_text(metadata)
            (fresh / CONFIG).write_text(config)
            write_weights(model, fresh / WEIGHTS)
            return
        weights = fresh.with_name(WEIGHTS)
        write_weights(model, weights)
        with zipfile.ZipFile(fresh, "w") as archive:
            archive.writestr(METADATA, metadata)
            archive.writestr(CONFIG, config)
            archive.write(weights, WEIGHTS)


def load_model(filepath: Any, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True) -> Any:
    """Load a model that was saved by multikeras or by Keras 3. Nothing in the file is run or imported.

    Args:
        filepath: The file, or folder.
        custom_objects: Classes and functions of your own that the configuration names.
        compile: Whether the model is compiled as it was, with the optimizer's state.
        safe_mode: Kept for the signature: loading never runs code of a file.

    Raises:
        FileFormatError: The file is damaged, or not a model.
        SerializationError: It names classes or functions that are unknown.
    """
    path = pathlib.Path(os.fspath(filepath))
    if not path.exists():
        raise FileFormatError("The file is there.", received=str(path), hint="a path that ends in .keras")
    with CustomObjectScope(custom_objects or {}):
        if path.is_dir():
            return _load(_read_text(path / CONFIG), path / WEIGHTS, compile)
        if not zipfile.is_zipfile(path):
            raise FileFormatError("A model's file is a zip file.", received=str(path), hint="model.save('model.keras')")
        try:
            with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
                config = _read_member(archive, CONFIG)
                weights = pathlib.Path(folder) / WEIGHTS
                _extract(archive, WEIGHTS, weights)
                return _load(config, weights, compile)
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
            if isinstance(error, MultikerasError):
                raise
            raise FileFormatError("A model's file is a complete zip file.", received=f"{path}: {error}") from error


def _read_text(path: pathlib.Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError("A saved model has a configuration.", received=f"{path}: {error}") from error


def _read_member(archive: zipfile.ZipFile, name: str) -> str:
    info = _member(archive, name)
    if info.file_size > MOST_CONFIG_BYTES:
        raise FileFormatError("A configuration has a reasonable size.", received=f"{name} of {info.file_size} bytes")
    try:
        return archive.read(info).decode()
    except UnicodeDecodeError as error:
        raise FileFormatError("A configuration is text.", received=f"{name}: {error}") from error


def _member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    try:
        return archive.getinfo(name)
    except KeyError:
        names = ", ".join(archive.namelist()[:8])
        raise FileFormatError(
            f"A model's file holds {name!r}.", received=f"a zip file with {names or 'nothing'}"
        ) from None


def _extract(archive: zipfile.ZipFile, name: str, target: pathlib.Path) -> None:
    info = _member(archive, name)
    # Stored or deflated weights shrink by little: a file that grows a thousandfold is a trap.
    if info.file_size > 1024 * max(info.compress_size, 1):
        raise FileFormatError("The weights have a reasonable size.", received=f"{info.file_size} bytes when unpacked")
    with archive.open(info) as source, target.open("wb") as sink:
        while chunk := source.read(1 << 20):
            sink.write(chunk)


def _load(config_text: str, weights: pathlib.Path, compile: bool) -> Any:
    try:
        config = json.loads(config_text)
    except (ValueError, RecursionError) as error:
        raise FileFormatError("A configuration is JSON text.", received=str(error)) from error
    if not isinstance(config, dict) or "class_name" not in config:
        raise FileFormatError("A configuration names a class.", received=str(config)[:100])
    if not compile:
        config.pop("compile_config", None)
    try:
        model = deserialize_keras_object(config)
    except (KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        if isinstance(error, MultikerasError):
            raise
        raise SerializationError(
            "A configuration describes a model.", received=f"{type(error).__name__}: {error}"
        ) from error
    if not weights.exists():
        raise FileFormatError("A saved model has weights.", received=str(weights.name))
    optimizer = getattr(model, "optimizer", None)
    read_weights(
        model, weights, with_optimizer=compile and optimizer is not None and _has_optimizer([weights], optimizer)
    )
    return model


def _has_optimizer(sources: Sequence[pathlib.Path], optimizer: Any) -> bool:
    """Whether files have together a state that the optimizer can take: one that was never used has none."""
    return sum(values_at("optimizer/vars", source) for source in sources) == len(optimizer.variables)


def _target(filepath: Any, ending: str, overwrite: bool) -> pathlib.Path:
    path = pathlib.Path(os.fspath(filepath))
    if not path.name.endswith(ending):
        raise ArgumentError(f"The path ends in {ending!r}.", received=str(path), hint=f"'model{ending}'")
    if not path.parent.is_dir():
        raise ArgumentError("The folder to save in is there.", received=str(path.parent))
    if path.exists() and not overwrite:
        raise ArgumentError("A file that is there is not replaced under `overwrite=False`.", received=str(path))
    return path


def save_weights(
    model: Any, filepath: Any, overwrite: bool = True, max_shard_size: float | None = None, **kwargs: Any
) -> None:
    """Save the weights of a model, and the state of its optimizer.

    Args:
        model: The model.
        filepath: A path that ends in `.weights.h5`; in `.weights.json` with `max_shard_size`.
        overwrite: Whether a file that is there is replaced.
        max_shard_size: The greatest size of one file, in GB. The weights then go into files beside the path, which
            becomes their index.
        kwargs: None are taken.

    Raises:
        ArgumentError: The path's ending is wrong, or there is a file that must not be replaced.
        NotBuiltError: The weights do not exist yet.
    """
    from multikeras.errors import NotBuiltError

    if kwargs:
        raise ArgumentError("save_weights has no such arguments.", received=", ".join(kwargs))
    if max_shard_size is not None and os.fspath(filepath).endswith(".weights.h5"):
        filepath = os.fspath(filepath).removesuffix(".weights.h5") + ENDING
        warnings.warn(f"Weights in several files have an index: it is written to {filepath}.", stacklevel=2)
    path = _target(filepath, ".weights.h5" if max_shard_size is None else ENDING, overwrite)
    if not model.built:
        raise NotBuiltError(f"The model {model.name!r} has weights once it is built.", hint="model.build(shape)")
    if max_shard_size is not None:
        write_shards(model, path, max_shard_size)
        return
    with atomic_path(path) as fresh:
        write_weights(model, fresh)


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
    """Load weights into a model.

    Args:
        model: The model, built.
        filepath: A `.weights.h5`, `.weights.json` or `.keras` file.
        skip_mismatch: Whether layers that do not match the file keep their values, with a warning.
        kwargs: None are taken.

    Raises:
        FileFormatError: The file is damaged, or not one of these.
        ShapeError: The weights do not match. Nothing is assigned then.
    """
    if kwargs:
        raise ArgumentError("load_weights has no such arguments.", received=", ".join(kwargs))
    path = pathlib.Path(os.fspath(filepath))
    if not path.exists():
        raise FileFormatError("The file is there.", received=str(path), hint="a path that ends in .weights.h5")
    optimizer = getattr(model, "optimizer", None)
    if path.name.endswith(".keras"):
        if path.is_dir():
            read_weights(model, path / WEIGHTS, skip_mismatch=skip_mismatch, with_optimizer=False)
            return
        try:
            with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
                weights = pathlib.Path(folder) / WEIGHTS
                _extract(archive, WEIGHTS, weights)
                read_weights(model, weights, skip_mismatch=skip_mismatch, with_optimizer=False)
        except zipfile.BadZipFile as error:
            raise FileFormatError("A model's file is a complete zip file.", received=f"{path}: {error}") from error
    elif path.name.endswith(".weights.h5"):
        state = optimizer is not None and _has_optimizer([path], optimizer)
        read_weights(model, path, skip_mismatch=skip_mismatch, with_optimizer=state)
    elif path.name.endswith(ENDING):
        shards = shards_of(path)
        state = optimizer is not None and _has_optimizer(shards, optimizer)
        read_weights(model, *shards, skip_mismatch=skip_mismatch, with_optimizer=state)
    else:
        raise ArgumentError("Weights are in .weights.h5, .weights.json or .keras files.", received=str(path))
