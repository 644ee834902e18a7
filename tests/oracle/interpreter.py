"""Run a user's function under the ordinary interpreter on `Number`s and read off its derivatives."""

import functools
import types

import numpy as np
from numba.core.dispatcher import Dispatcher
from numba.typed import List as TypedList

from tests.oracle.namespaces import BUILTINS, numbers, stand_in
from tests.oracle.number import Number


def on_numbers(function, done=None):
    """The same function with stand-ins for numpy, math and the builtins, nested functions included.

    Parameters
    ----------
    function : function, jitted function, lambda, closure or functools.partial

    Returns
    -------
    callable
    """
    done = {} if done is None else done
    if isinstance(function, functools.partial):
        arguments = (_replace(a, done) for a in function.args)
        return functools.partial(on_numbers(function.func, done), *arguments, **function.keywords)
    if isinstance(function, Dispatcher):
        function = function.py_func
    if function in done:
        return done[function]
    names = dict(BUILTINS, __builtins__=__builtins__)
    cells = tuple(types.CellType() for _ in function.__closure__ or ())
    twin = types.FunctionType(function.__code__, names, function.__name__, function.__defaults__, cells)
    twin.__kwdefaults__ = function.__kwdefaults__
    done[function] = twin
    for cell, original in zip(cells, function.__closure__ or (), strict=True):
        cell.cell_contents = _replace(original.cell_contents, done)
    for name in _global_names(function.__code__):
        if name in function.__globals__:
            names[name] = _replace(function.__globals__[name], done)
    return twin


def _replace(value, done):
    replacement = stand_in(value)
    if replacement is not value:
        return replacement
    if value is TypedList:
        return list
    if isinstance(value, types.FunctionType | Dispatcher | functools.partial):
        return on_numbers(value, done)
    return numbers(value) if isinstance(value, np.ndarray) else value


def _global_names(code):
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return set(code.co_names).union(*(_global_names(constant) for constant in inner))


# -- trees: tuples, NamedTuples and lists of leaves


def map_leaves(function, tree):
    """`function` of every leaf of `tree`, in the tree's own structure."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(map_leaves(function, branch) for branch in tree))
    if isinstance(tree, tuple | list | TypedList):
        kind = tuple if isinstance(tree, tuple) else list
        return kind(map_leaves(function, branch) for branch in tree)
    return function(tree)


def leaves(tree):
    """The leaves of `tree`, from left to right."""
    found = []
    map_leaves(found.append, tree)
    return found


def is_active(leaf):
    """Whether a leaf can carry a derivative: a float, a complex number or an array of those."""
    return isinstance(leaf, float | complex | np.floating | np.complexfloating | Number) or (
        isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fcO"
    )


# -- differentiation


def evaluate(function, args, out_argnums=None):
    """The tree of values of `function`, run by the ordinary interpreter on plain floats."""
    return differentiate(function, args, (), 0, out_argnums)[0]


def differentiate(function, args, argnums=0, order=1, out_argnums=None):
    """Value, first and (for ``order=2``) second derivatives of `function` at `args`.

    Parameters
    ----------
    function : callable
        Anything that the library accepts.
    args : tuple
    argnums, out_argnums : int, tuple of int or None
        As in the library's operators. An int given for an active argument counts as a float.
    order : 0, 1 or 2

    Returns
    -------
    tuple of trees
        ``(value, jacobian, hessian)`` as far as `order` asks. The Jacobian is a tree of the output's
        structure whose leaves are trees of the active arguments' structure; the leaves of those have shape
        ``out.shape + in.shape``. Hessians go one level deeper. What cannot carry a derivative is None.
    """
    active = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    args = [_as_float(a) if i in active else a for i, a in enumerate(args)]
    inputs = args[argnums] if isinstance(argnums, int) else tuple(args[i] for i in argnums)
    size = sum(np.size(leaf) for leaf in leaves(inputs) if is_active(leaf))
    run_args = [map_leaves(_inactive, a) for a in args]
    for i, seeded in zip(active, _seeded([args[i] for i in active], size, order), strict=True):
        run_args[i] = seeded

    result = on_numbers(function)(*run_args)
    if out_argnums is not None:
        result = run_args[out_argnums] if isinstance(out_argnums, int) else tuple(run_args[i] for i in out_argnums)

    parts = [lambda x: x.value, lambda x: x.gradient, lambda x: x.hessian][: order + 1]

    def derivative(leaf, k):
        return _split(_read(leaf, parts[k], (size,) * k), inputs, np.ndim(leaf), k)

    return tuple(map_leaves(lambda leaf, k=k: derivative(leaf, k), result) for k in range(order + 1))


def _as_float(argument):
    return float(argument) if type(argument) is int else argument


def _inactive(leaf):
    if isinstance(leaf, types.FunctionType | Dispatcher | functools.partial):
        return on_numbers(leaf)
    return numbers(leaf)


def _seeded(arguments, size, order):
    """The active arguments as `Number`s, each with its own unit direction."""
    unused = iter(range(size))

    def seed(x):
        gradient = np.zeros(size)
        gradient[next(unused)] = 1.0
        x = x.item() if isinstance(x, np.generic) else x
        return Number(x, gradient, np.zeros((size, size)) if order == 2 else None)

    def seeded(leaf):
        if not is_active(leaf):
            return leaf
        if not isinstance(leaf, np.ndarray):
            return seed(leaf)
        array = numbers(leaf)
        for index in np.ndindex(leaf.shape):
            array[index] = seed(leaf[index])
        return array

    return map_leaves(seeded, arguments)


def _read(leaf, part, shape):
    """`part` of every `Number` of a leaf, behind the leaf's shape; a plain number has only its value."""

    def one(x):
        if isinstance(x, Number):
            return np.asarray(part(x))
        return np.zeros(shape) if shape else np.asarray(x)

    if shape and not is_active(leaf):
        return None
    if not isinstance(leaf, np.ndarray):
        return one(leaf)[()]
    parts = [one(x) for x in leaf.ravel()]
    return (np.stack(parts) if parts else np.zeros((0, *shape))).reshape(leaf.shape + shape)


def _split(derivative, inputs, axis, order):
    """Cut `order` axes of a derivative, from `axis` on, into the active arguments' structure and shapes."""
    if order == 0 or derivative is None:
        return derivative
    used = 0

    def cut(leaf):
        nonlocal used
        if not is_active(leaf):
            return None
        shape, start, used = np.shape(leaf), used, used + np.size(leaf)
        rows = derivative[(slice(None),) * axis + (slice(start, used),)]
        block = rows.reshape(rows.shape[:axis] + shape + rows.shape[axis + 1 :])[()]
        return _split(block, inputs, axis + len(shape), order - 1)

    return map_leaves(cut, inputs)
