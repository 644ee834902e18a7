"""Automatic differentiation for Numba: derivatives of plain loops, compiled.

Every operator takes a function and returns a compiled derivative function, which is called from Python and from jitted
code alike:

>>> import dualad as ad
>>> ad.grad(lambda x, y: x * x * y)(3.0, 2.0)
12.0
"""

from . import errors, extend, testing
from .api.directions import jvp
from .api.first import derivative, grad, jacfwd, jacobian, value_and_grad, value_and_jacobian
from .api.second import hessian, second_derivative, value_grad_and_hessian

__version__ = "0.1.0"

__all__ = [
    "derivative",
    "errors",
    "extend",
    "grad",
    "hessian",
    "jacfwd",
    "jacobian",
    "jvp",
    "second_derivative",
    "testing",
    "value_and_grad",
    "value_and_jacobian",
    "value_grad_and_hessian",
]
