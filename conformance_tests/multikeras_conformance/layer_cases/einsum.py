"""Cases of products along axes of one's choice."""

from __future__ import annotations

from multikeras_conformance.layer_cases.case import LayerCase, make_case


def _dense(label: str, equation: str, output_shape: object, *shape: int, **more: object) -> LayerCase:
    return make_case("EinsumDense", shape, label=label, equation=equation, output_shape=output_shape, **more)


CASES: list[LayerCase] = [
    _dense("plain", "ab,bc->ac", 4, 2, 3),
    _dense("steps", "abc,cd->abd", (None, 5), 2, 3, 4, bias_axes="d", bias_initializer="uniform", activation="tanh"),
    _dense("heads", "abc,cde->abde", (None, 2, 5), 2, 3, 4, bias_axes="de", bias_initializer="uniform"),
    _dense("joined", "abcd,cde->abe", (None, 5), 2, 3, 2, 4, bias_axes="e"),
    _dense("turned", "abcd,edc->abe", (None, 5), 2, 3, 2, 4),
    _dense("swapped", "abc,cde->abed", (None, 5, 2), 2, 3, 4),
    _dense("middle", "abc,bd->adc", (5, None), 2, 3, 4, bias_axes="d"),
    _dense("each", "abc,bcd->abd", (3, 5), 2, 3, 4, bias_axes="bd"),
    _dense("outer", "ab,c->abc", (None, 4), 2, 3),
    _dense("left", "...x,xy->...y", 5, 2, 3, 4, bias_axes="y"),
    _dense("left-all", "...ab,bc->...ac", (3, 5), 2, 3, 4),
    _dense("right", "ab...,bc->ac...", 5, 2, 3, 4, bias_axes="c"),
    _dense("lora", "abc,cde->abde", (None, 2, 5), 2, 3, 4, lora_rank=2, lora_alpha=4, bias_axes="e"),
    _dense(
        "regularized",
        "abc,cd->abd",
        (None, 5),
        *(2, 3, 4),
        bias_axes="d",
        kernel_initializer="he_normal",
        kernel_regularizer="l2",
        bias_regularizer="l1",
        kernel_constraint="non_neg",
        bias_constraint="max_norm",
        activity_regularizer="l2",
    ),
]
