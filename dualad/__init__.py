"""Automatic differentiation for Numba."""
from . import errors
from .api.directions import jvp
from .api.first import derivative, grad, jacfwd, jacobian, value_and_grad, value_and_jacobian
from .api.second import hessian, second_derivative, value_grad_and_hessian
__version__ = "0.1.0"
__all__ = ["derivative", "errors", "grad", "hessian", "jacfwd", "jacobian", "jvp", "second_derivative", "value_and_grad", "value_and_jacobian", "value_grad_and_hessian"]
