"""Functions that are differentiated once and forgotten are released, with all that was made for them."""

import gc
import weakref

import numpy as np

import dualad as ad
from dualad.numbers import compiler
from dualad.numbers.compiler import twin_of


def test_a_lambda_made_anew_in_a_loop_is_released():
    x = np.array([1.0, 2.0])
    forgotten = []
    for factor in (2.0, 3.0):
        for operator in (ad.grad, ad.hessian):
            function = lambda x, factor=factor: factor * x[0] * x[1]  # noqa: E731
            operator(function)(x)
            forgotten += [weakref.ref(function), weakref.ref(twin_of(function))]
            del function
    later = [lambda x: x for _ in range(compiler._recent.maxlen)]
    for function in later:
        twin_of(function)
    for _ in range(3):  # finalizers of what goes first let the rest go
        gc.collect()
    assert [ref() for ref in forgotten] == [None] * len(forgotten)


def test_a_twin_stays_for_the_next_derivative_of_its_function():
    def square(x):
        return x * x

    ad.derivative(square)(2.0)
    first = weakref.ref(twin_of(square))
    gc.collect()
    assert first() is not None and first() is twin_of(square)
    assert ad.second_derivative(square)(2.0) == 2.0
    assert first() is twin_of(square)
