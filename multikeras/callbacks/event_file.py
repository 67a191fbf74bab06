"""EventFile: a file of events that TensorBoard reads."""

from __future__ import annotations

import importlib
import io
import itertools
import os
import pathlib
import socket
import struct
import time
import zlib
from typing import Any

import numpy as np

from multikeras.errors import MissingExtraError

_numbers = itertools.count()
# The number of strings among TensorFlow's types of data.
_STRING = 7
# After so many seconds at most what is written is in the file.
_SECONDS = 5.0


def require_tensorboard() -> None:
    """See that there is what writes event files.

    Raises:
        MissingExtraError: The package is not installed.
    """
    _part("summary.writer.record_writer")


def _part(name: str) -> Any:
    """A module of the package, of those that import no framework."""
    try:
        return importlib.import_module(f"tensorboard.{name}")
    except ImportError as error:
        raise MissingExtraError(
            "Event files are written by the package tensorboard.", hint="pip install 'multikeras[tensorboard]'"
        ) from error


class EventFile:
    """Writes events into a new file. It needs the package `tensorboard`, and no framework.

    Args:
        folder: Where the file goes.

    Raises:
        MissingExtraError: The package is not installed.
    """

    def __init__(self, folder: Any) -> None:
        records = _part("summary.writer.record_writer")
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        started = time.time()
        name = f"events.out.tfevents.{int(started):010d}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}.v2"
        self._path = folder / name
        self._buffer = io.BytesIO()
        self._records = records.RecordWriter(self._buffer)
        self._flushed = started
        self._write(wall_time=started, file_version="brain.Event:2")

    def _write(self, **fields: Any) -> None:
        self._records.write(_part("compat.proto.event_pb2").Event(**fields).SerializeToString())
        if time.time() - self._flushed > _SECONDS:
            self.flush()

    def _write_summary(self, summary: Any, step: int) -> None:
        self._write(wall_time=time.time(), step=step, summary=summary)

    def scalar(self, tag: str, value: float, step: int) -> None:
        """A number."""
        self._write_summary(_part("plugins.scalar.summary_v2").scalar_pb(tag, float(value)), step)

    def histogram(self, tag: str, values: np.ndarray, step: int) -> None:
        """How often values of an array occur."""
        histogram = _part("plugins.histogram.summary_v2").histogram_pb(tag, np.asarray(values, "float64"))
        self._write_summary(histogram, step)

    def image(self, tag: str, pixels: np.ndarray, step: int) -> None:
        """A picture in shades of gray: the least number black, the greatest white.

        Args:
            tag: Its name.
            pixels: Numbers of shape (height, width).
            step: The step.
        """
        protos = _part("compat.proto.summary_pb2")
        height, width = pixels.shape
        picture = protos.Summary.Image(height=height, width=width, colorspace=1, encoded_image_string=_png(pixels))
        self._write_summary(protos.Summary(value=[protos.Summary.Value(tag=tag, image=picture)]), step)

    def model(self, tag: str, config: str) -> None:
        """The graph of a model, from its configuration in JSON."""
        protos = _part("compat.proto.summary_pb2")
        tensors = _part("compat.proto.tensor_pb2")
        plugin = protos.SummaryMetadata.PluginData(plugin_name="graph_keras_model", content=b"1")
        text = tensors.TensorProto(dtype=_STRING, string_val=[config.encode()])
        value = protos.Summary.Value(tag=tag, metadata=protos.SummaryMetadata(plugin_data=plugin), tensor=text)
        self._write_summary(protos.Summary(value=[value]), 0)

    def flush(self) -> None:
        """Append what has been written to the file, which is open for no longer than that takes."""
        with self._path.open("ab") as file:
            file.write(self._buffer.getvalue())
        self._buffer.seek(0)
        self._buffer.truncate()
        self._flushed = time.time()


def _png(pixels: np.ndarray) -> bytes:
    """An array as a picture in PNG, 8 bits for each pixel.

    Source: ISO/IEC 15948:2004, "Portable network graphics (PNG): functional specification", clauses 5, 9 and 11.
    """
    low, high = float(pixels.min()), float(pixels.max())
    shades = np.round((pixels - low) * (255 / (high - low) if high > low else 0)).astype("uint8")
    height, width = shades.shape
    # Each line begins with the number of its filter, none.
    lines = np.concatenate([np.zeros((height, 1), "uint8"), shades], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes())), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
