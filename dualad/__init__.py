"""Automatic differentiation for Numba: derivatives of plain loops, compiled.

Every operator takes a function and returns a compiled derivative function, which is called from Python and from jitted
code alike:

>>> import dualad as ad
>>> ad.grad(lambda x, y: x * x * y)(3.0, 2.0)
12.0
"""

from . import errors, extend, testing
from .api import inside as _inside  # noqa: F401 (Numba learns to carry out operators in jitted code)
from .api.batches import vmap
from .api.directions import jvp
from .api.first import derivative, grad, jacfwd, jacobian, jacrev, value_and_grad, value_and_jacobian
from .api.gauss_newton import gauss_newton
from .api.preaccumulate import preaccumulated
from .api.products import hvp, linearize
from .api.pullbacks import vjp
from .api.resume import resume
from .api.rollouts import checkpointed, rollout
from .api.second import hessian, second_derivative, value_grad_and_hessian
from .api.second_directions import second_jvp
from .api.sparsity import sparsity_pattern
from .api.taylor import taylor
from .custom.rules import custom_jvp, custom_vjp
from .custom.values import stop_gradient, straight_through

__version__ = "0.1.0"

__all__ = [
    "checkpointed",
    "custom_jvp",
    "custom_vjp",
    "derivative",
    "errors",
    "extend",
    "gauss_newton",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "preaccumulated",
    "resume",
    "rollout",
    "second_derivative",
    "second_jvp",
    "sparsity_pattern",
    "stop_gradient",
    "straight_through",
    "taylor",
    "testing",
    "value_and_grad",
    "value_and_jacobian",
    "value_grad_and_hessian",
    "vjp",
    "vmap",
]
