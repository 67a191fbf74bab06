"""Cases of layers that change places and sizes alone."""

from __future__ import annotations

from multikeras_conformance.layer_cases.case import LayerCase, make_case, spatial

FIRST = {"data_format": "channels_first"}

CASES: list[LayerCase] = [
    make_case("Cropping1D", spatial(1), label="default"),
    make_case("Cropping1D", spatial(1), label="one-end", cropping=(2, 0)),
    make_case("Cropping2D", spatial(2), label="default"),
    make_case("Cropping2D", spatial(2), label="all", cropping=1),
    make_case("Cropping2D", spatial(2), label="axes", cropping=(2, 1)),
    make_case("Cropping2D", spatial(2, first=True), label="first", cropping=((0, 2), (1, 0)), **FIRST),
    make_case("Cropping3D", spatial(3), label="default"),
    make_case("Cropping3D", spatial(3, first=True), label="first", cropping=((0, 2), (1, 0), (0, 0)), **FIRST),
    make_case("Permute", (2, 3, 4), label="swap", dims=(2, 1)),
    make_case("Permute", (2, 3, 4, 5), label="turn", dims=(3, 1, 2)),
    make_case("RepeatVector", (2, 3), label="three", n=3),
    make_case("UpSampling1D", spatial(1), label="default"),
    make_case("UpSampling1D", spatial(1), label="three", size=3),
    make_case("UpSampling2D", spatial(2), label="default"),
    make_case("UpSampling2D", spatial(2, first=True), label="first", size=(1, 3), **FIRST),
    make_case("UpSampling2D", spatial(2), label="bilinear", size=(2, 3), interpolation="bilinear"),
    make_case("UpSampling2D", spatial(2), label="bicubic", size=3, interpolation="bicubic"),
    make_case("UpSampling2D", spatial(2, first=True), label="lanczos3", interpolation="lanczos3", **FIRST),
    make_case("UpSampling2D", spatial(2), label="lanczos5", size=(3, 1), interpolation="lanczos5"),
    make_case("UpSampling3D", spatial(3), label="default"),
    make_case("UpSampling3D", spatial(3, first=True), label="first", size=(1, 3, 2), **FIRST),
    make_case("ZeroPadding1D", spatial(1), label="default"),
    make_case("ZeroPadding1D", spatial(1, first=True), label="first", padding=(2, 0), **FIRST),
    make_case("ZeroPadding2D", spatial(2), label="default"),
    make_case("ZeroPadding2D", spatial(2), label="all", padding=2),
    make_case("ZeroPadding2D", spatial(2, first=True), label="first", padding=((0, 2), (1, 0)), **FIRST),
    make_case("ZeroPadding3D", spatial(3), label="default"),
    make_case("ZeroPadding3D", spatial(3, first=True), label="first", padding=(1, 2, 0), **FIRST),
]
