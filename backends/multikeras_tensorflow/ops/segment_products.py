"""Products over entries that carry the same number, which gradients flow through."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from multikeras_tensorflow.gradients import values_alone
from multikeras_tensorflow.widened import COMPLEX, FLOATS, cast


def segment_product(data: Any, ids: Any, count: Any) -> Any:
    """Like the kernel, but for its gradients: that of complex numbers is wrong, and at zeros has no right gradient.

    Args:
        data: A tensor.
        ids: Integers of its first axes, which product each block is a factor of; those below 0 are left out.
        count: How many products there are.

    Returns:
        A tensor of shape (count, ...), with the axes of one block.
    """
    if (data.dtype not in FLOATS and data.dtype not in COMPLEX) or values_alone(data, ids):
        return tf.math.unsorted_segment_prod(data, ids, count)
    return _doubling(data, ids, count)


def _doubling(data: Any, ids: Any, count: Any) -> Any:
    """In a logarithm of so many steps as there are entries."""
    block = tf.shape(data)[tf.rank(ids) :]
    ids = tf.reshape(ids, [-1])
    length, order = tf.size(ids), tf.argsort(ids, stable=True)
    blocks = tf.gather(tf.reshape(data, tf.stack([length, tf.reduce_prod(block)])), order)
    ids = tf.gather(ids, order)

    def doubled(reach: Any, products: Any) -> tuple[Any, Any]:
        # Each times the one that lies so far before it in its segment: the last one has all of them in the end.
        same = tf.equal(ids[reach:], ids[:-reach])[:, None]
        before = tf.where(same, products[:-reach], tf.ones((), products.dtype))
        factors = tf.concat([tf.ones_like(products[:reach]), before], 0)
        return 2 * reach, products * tf.ensure_shape(factors, products.shape)

    known = ids.shape[0]
    # Compilers must know how often, for the sake of the gradient.
    most = None if known is None else max(known - 1, 0).bit_length()
    start = (tf.constant(1), blocks)
    _, products = tf.while_loop(lambda reach, _: reach < length, doubled, start, maximum_iterations=most)
    last = tf.concat([tf.not_equal(ids[1:], ids[:-1]), tf.ones_like(ids[:1], tf.bool)], 0)
    # One more segment takes those that are not the last, and those that go nowhere.
    beyond = cast(count, ids.dtype)
    to = tf.where(last & (ids >= 0), ids, beyond)
    ones = tf.ones(tf.stack([beyond + 1, tf.cast(tf.shape(products)[1], ids.dtype)]), products.dtype)
    found = tf.tensor_scatter_nd_update(ones, to[:, None], products)[:-1]
    return tf.reshape(found, tf.concat([[tf.cast(count, tf.int32)], block], 0))
