"""The rule of a primitive as reverse mode wants it, whichever of the two kinds the user gave.

A derivative along tangents is linear in them, so unit tangents give a `custom_jvp` its cotangents.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.core import types
from numba.extending import overload

from ..errors import UnsupportedError
from ..numbers.leaves import Leaf, leaves, rebuild


def kept(value):
    """A value that later writes into arrays do not change: arrays are copied."""
    raise NotImplementedError("only inside compiled code")


@overload(kept)
def _kept(value):
    if isinstance(value, types.Array):
        return lambda value: value.copy()
    if isinstance(value, types.BaseTuple):
        namespace: dict[str, Any] = {"kept": kept}
        parts = (f"kept(value{leaf.path})" for leaf in leaves("", value))
        exec(f"def members(value):\n    return {rebuild(value, parts, namespace)}\n", namespace)
        return namespace["members"]
    return lambda value: value


def from_vjp(name: str, args: tuple[types.Type, ...], fwd: Any, bwd: Any) -> Callable[..., Any]:
    """`pullback(*args, y_bar)` out of the user's `fwd` and `bwd`."""
    names = ", ".join(f"a{i}" for i in range(len(args)))
    namespace: dict[str, Any] = {"fwd": jitted(fwd), "bwd": jitted(bwd), "__name__": __name__}
    lines = [f"    y, record = fwd({names})", "    return bwd(record, y_bar)"]
    return _function(name, names, lines, namespace)


def from_jvp(name: str, args: tuple[types.Type, ...], result: types.Type, rule: Any, where: str) -> Callable[..., Any]:
    """`pullback(*args, y_bar)` out of `rule(primals, tangents) -> (y, y_dot)`: a call of it for each float argument."""
    groups = [list(leaves(f"a{i}", type_)) for i, type_ in enumerate(args)]
    outputs = list(leaves("", result))
    found = [leaf for group in groups for leaf in group]
    if any(isinstance(leaf.element, types.Complex) for leaf in (*found, *outputs)):
        raise UnsupportedError(
            f"`{name}` in reverse mode",
            "its rule is a custom_jvp, from which a cotangent follows for real numbers only",
            f"give `{name}.defvjp(...)` as well",
            where,
        )
    names = ", ".join(f"a{i}" for i in range(len(args)))
    namespace: dict[str, Any] = {"rule": jitted(rule), "np": np, "__name__": __name__}

    def called(tangents: dict[str, str]) -> str:
        dots = [
            rebuild(type_, (tangents[leaf.path] for leaf in group), namespace)
            for type_, group in zip(args, groups, strict=True)
        ]
        return f"rule(({names},), ({', '.join(dots)},))"

    zeros = {leaf.path: f"t_{k}" for k, leaf in enumerate(found)}
    bars = dict.fromkeys(zeros, "None")
    lines = [f"    t_{k} = {_zero(leaf)}" for k, leaf in enumerate(found)]
    for k, leaf in enumerate(found):
        if not isinstance(leaf.element, types.Float):
            continue
        bars[leaf.path] = f"x_bar_{k}"
        if leaf.is_array:
            lines += [
                f"    x_bar_{k} = np.zeros({leaf.path}.shape, np.{leaf.element})",
                f"    for i in range({leaf.path}.size):",
                f"        t_{k}.reshape(-1)[i] = 1.0",
                f"        y, y_dot = {called(zeros)}",
                f"        x_bar_{k}.reshape(-1)[i] = {_product(outputs)}",
                f"        t_{k}.reshape(-1)[i] = 0.0",
            ]
        else:
            unit = {**zeros, leaf.path: f"np.{leaf.element}(1.0)"}
            lines += [f"    y, y_dot = {called(unit)}", f"    x_bar_{k} = {_product(outputs)}"]
    parts = [
        rebuild(type_, (bars[leaf.path] for leaf in group), namespace)
        if any(bars[leaf.path] != "None" for leaf in group)
        else "None"
        for type_, group in zip(args, groups, strict=True)
    ]
    return _function(name, names, [*lines, f"    return ({', '.join(parts)},)"], namespace)


def _function(name: str, names: str, lines: list[str], namespace: dict[str, Any]) -> Callable[..., Any]:
    title = f"{name if name.isidentifier() else 'function'}_pullback"
    exec(f"def {title}({names}, y_bar):\n" + "\n".join(lines) + "\n", namespace)
    pullback: Callable[..., Any] = namespace[title]
    return pullback


def _zero(leaf: Leaf) -> str:
    if isinstance(leaf.element, types.Float):
        return f"np.zeros({leaf.path}.shape, np.{leaf.element})" if leaf.is_array else f"np.{leaf.element}(0.0)"
    return "0.0" if isinstance(leaf.type, (types.Number, types.Boolean)) else "None"


def _product(outputs: list[Leaf]) -> str:
    """Expression of the product of the cotangent of the outputs and their tangent."""
    products = []
    for leaf in outputs:
        if isinstance(leaf.element, types.Float):
            product = f"y_bar{leaf.path} * y_dot{leaf.path}"
            products.append(f"np.sum({product})" if leaf.is_array else product)
    return " + ".join(products) or "0.0"


def jitted(function: Any) -> Any:
    """What generated code can call."""
    return numba.njit(error_model="numpy")(function) if not hasattr(function, "py_func") else function
