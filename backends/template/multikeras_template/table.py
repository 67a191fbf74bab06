"""The table that the files of `ops/` fill."""

from multikeras.backend import OpTable

table = OpTable("template")
