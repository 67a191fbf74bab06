"""The table that the files of `ops/` fill."""

from __future__ import annotations

from multikeras.backend import OpTable

table = OpTable("template")
