"""NumPy, `math` and C functions, replaced in a package's modules by ones that take `Real` numbers.

The packages are imported with Numba's compiler switched off, so their jitted functions are plain Python
functions, whose names `np`, `math`, `sin` ... are looked up in their module. Only those names are rebound:
NumPy itself stays as it is.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import mpmath as mp
import numba
import numpy as np

from .real import FUNCTIONS, MATH_NAMES, Real, as_mpf


def elementwise(compute: Callable[..., Any]) -> Callable[..., Any]:
    """`compute` on numbers, and on arrays element by element."""

    def call(*args: Any) -> Any:
        if any(isinstance(arg, np.ndarray) for arg in args):
            return np.frompyfunc(scalar, len(args), 1)(*args)
        return scalar(*args)

    def scalar(*args: Any) -> Any:
        return Real(compute(*(as_mpf(arg) for arg in args)))

    return call


def predicate(compute: Callable[[Any], bool]) -> Callable[[Any], Any]:
    def call(x: Any) -> Any:
        if isinstance(x, np.ndarray):
            return np.array([bool(compute(as_mpf(item))) for item in x.flat]).reshape(x.shape)
        return bool(compute(as_mpf(x)))

    return call


def of_reals(x: Any) -> Any:
    """An array or number of floats as one of `Real`; arrays of integers and flags stay."""
    if not isinstance(x, np.ndarray):
        return Real(x)
    if x.dtype.kind in "iub":
        return x
    made = np.empty(x.shape, object)
    for i, item in enumerate(x.flat):
        made.flat[i] = Real(item)
    return made


of_reals.dtype = np.dtype(object)  # type: ignore[attr-defined]  # so that `x.astype(np.float64)` understands it


def is_float(dtype: Any) -> bool:
    """Whether a `dtype` argument of NumPy asks for floats; `float` may itself be replaced by `of_reals`."""
    return dtype is None or dtype in (Real, of_reals, float, object) or np.dtype(dtype).kind == "f"


def allocator(name: str) -> Callable[..., Any]:
    """NumPy's function of that name, which allocates `Real` numbers wherever it would allocate floats."""
    make = getattr(np, name)

    def call(*args: Any, dtype: Any = None, **options: Any) -> Any:
        if name in ("zeros", "ones", "empty") and len(args) > 1:
            args, dtype = args[:1], args[1]
        if not is_float(dtype):
            return make(*args, dtype=dtype, **options)
        made = make(*args, **options) if name in ("array", "asarray") else make(*args, dtype=object, **options)
        if name.startswith("empty"):
            made.fill(mp.nan)  # reading what was never written must show
        if name in ("array", "asarray", "full_like", "empty_like", "zeros_like", "ones_like"):
            return made if made.dtype.kind in "iub" and dtype is None else of_reals(made)
        return of_reals(made)

    return call


def mean(x: Any, axis: Any = None) -> Any:
    return np.sum(x, axis=axis) / (x.size if axis is None else x.shape[axis])


def variance(x: Any) -> Any:
    return mean((x - mean(x)) ** 2)


def linspace(start: Any, stop: Any, num: int = 50) -> Any:
    return np.array([Real(start) + (Real(stop) - start) * i / (num - 1) for i in range(num)], dtype=object)


class Namespace:
    """The module `original` with some of its names replaced."""

    def __init__(self, original: Any, names: dict[str, Any]) -> None:
        self._original = original
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


NUMPY_NAMES: dict[str, Any] = {
    **{name: elementwise(compute) for name, compute in FUNCTIONS.items() if hasattr(np, name)},
    **{name: allocator(name) for name in ("zeros", "ones", "empty", "array", "asarray", "full")},
    **{name: allocator(name) for name in ("zeros_like", "ones_like", "empty_like", "full_like")},
    **{name: predicate(getattr(mp, name)) for name in ("isfinite", "isinf", "isnan")},
    **{name: of_reals for name in ("float32", "float64")},
    "linspace": linspace,
    "mean": mean,
    "nanmean": mean,
    "nanvar": variance,
    "nanstd": lambda x: Real(variance(x)).sqrt(),
    "linalg": Namespace(np.linalg, {"norm": lambda x: Real(np.sum(x * x)).sqrt()}),
}
NUMPY = Namespace(np, NUMPY_NAMES)
MATH = Namespace(
    math,
    {
        name: elementwise(FUNCTIONS[MATH_NAMES.get(name, name)])
        for name in dir(math)
        if MATH_NAMES.get(name, name) in FUNCTIONS and name not in ("floor", "ceil")
    },
)


def switch_compiler_off() -> None:
    """What `NUMBA_DISABLE_JIT=1` leaves: the two decorators that compile all the same."""

    def decorator(first: Any = None, *rest: Any, **options: Any) -> Any:
        return first if callable(first) else decorator

    numba.config.DISABLE_JIT = True
    numba.vectorize = numba.guvectorize = decorator


def replacements() -> dict[int, Any]:
    """By identity: what a module may have imported, and what stands for it."""
    found: dict[int, Any] = {id(np): NUMPY, id(math): MATH}
    for namespace in (NUMPY, MATH):
        for name, substitute in vars(namespace).items():
            if name != "_original":
                found[id(getattr(namespace._original, name))] = substitute
    return found


def rebind(package: str, special: dict[str, Callable[..., Any]]) -> None:
    """Rebind the names in every loaded module of `package`, and those of the C functions in `special`."""
    by_identity = replacements()
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and (name == package or name.startswith(package + ".")):
            for key, value in list(vars(module).items()):
                if id(value) in by_identity:
                    setattr(module, key, by_identity[id(value)])
            vars(module).setdefault("float", of_reals)
    for path, compute in special.items():
        module_name, _, attribute = path.partition(":")
        if module_name.split(".")[0] == package and module_name in sys.modules:
            setattr(sys.modules[module_name], attribute, elementwise(compute))
