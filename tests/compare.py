"""Comparison of trees of derivatives: NaN never equals a number, nor a wrong shape a right one."""

import numpy as np


def assert_close(actual, expected, tolerance, what="derivative", floor=0.0):
    """Fail unless two trees have one structure and equal leaves, NaN and infinities in the same places.

    Parameters
    ----------
    actual, expected : trees of float, complex or arrays, None where there is no derivative
    tolerance : float
        Of an entry, relative to itself and to the largest finite entry of its leaf.
    what : str
        Named in the message, with the path to the leaf.
    floor : float
        Smallest scale; 0 where rounding is relative, larger for the noise of a difference quotient.
    """
    if isinstance(expected, tuple | list):
        assert isinstance(actual, tuple | list), f"{what}: {type(actual).__name__} for {type(expected).__name__}"
        assert len(actual) == len(expected), f"{what}: {len(actual)} parts for {len(expected)}"
        for k, (a, e) in enumerate(zip(actual, expected, strict=True)):
            assert_close(a, e, tolerance, f"{what}[{k}]", floor)
    elif expected is None:
        # no derivative exists: an operator may say None or zero, but nothing else
        assert actual is None or not np.any(actual), f"{what}: {actual} where nothing is active"
    else:
        _assert_leaf(np.asarray(actual), np.asarray(expected), tolerance, what, floor)


def _assert_leaf(actual, expected, tolerance, what, floor):
    assert actual.dtype.kind in "fc", f"{what}: dtype {actual.dtype}"
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape} for {expected.shape}"
    finite = np.isfinite(expected)
    scale = np.max(np.abs(expected[finite]), initial=floor)
    same = np.where(finite, True, (actual == expected) | (np.isnan(actual) & np.isnan(expected)))
    with np.errstate(invalid="ignore"):
        near = np.where(finite, np.abs(actual - expected) <= tolerance * (scale + np.abs(expected)), same)
    assert np.all(near), f"{what}:\n{actual}\nfor\n{expected}"


def assert_same_bits(actual, expected, what="value"):
    """Fail unless two trees have equal leaves of equal dtype, bit for bit; signed zeros and NaN included."""
    if isinstance(expected, tuple | list):
        assert len(actual) == len(expected), what
        for k, (a, e) in enumerate(zip(actual, expected, strict=True)):
            assert_same_bits(a, e, f"{what}[{k}]")
        return
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape} for {expected.shape}"
    assert actual.dtype == expected.dtype, f"{what}: dtype {actual.dtype} for {expected.dtype}"
    assert actual.tobytes() == expected.tobytes(), f"{what}: {actual!r} for {expected!r}"


def difference(evaluate, inputs, step=1e-3):
    """Derivative of a tree of arrays by central differences of sixth order.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(inputs)`` returns a tree of floats and arrays.
    inputs : list of arrays
        float64, changed one entry at a time.

    Returns
    -------
    list of list of arrays
        For every input, for every leaf of the result: shape ``in.shape + out.shape``.
    """
    derivatives = []
    for array in inputs:
        columns = []
        for index in np.ndindex(array.shape):
            keep = array[index]
            h = step * max(1.0, abs(keep))
            total = None
            for offset, weight in ((1, 45.0), (2, -9.0), (3, 1.0)):
                for sign in (1, -1):
                    array[index] = keep + sign * offset * h
                    terms = [sign * weight / (60 * h) * np.asarray(leaf) for leaf in evaluate(inputs)]
                    total = terms if total is None else [a + b for a, b in zip(total, terms, strict=True)]
            array[index] = keep
            columns.append(total)
        derivatives.append(
            [np.stack(column).reshape(array.shape + column[0].shape) for column in zip(*columns, strict=True)]
        )
    return derivatives
