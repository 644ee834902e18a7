"""Functions that call themselves: a call is reversed by the adjoint of the function, which calls itself.

    def f_pull(x, n, y_bar):              # for y = f(x, n)
        like = 0.0
        for _ in range(0):
            like += x + y_bar             # never done, but gives the type that cotangents will have
        x_bar = like
        for _ in range(1):                # so that Numba knows the type of `x_bar` before that of `f_adjoint`
            swept = f_adjoint(x, n, y_bar)  # which calls `f_pull` where `f` calls `f`
            x_bar += swept[0]
        return (x_bar, None)

The adjoint does the forward sweep of the call again. So a call is evaluated once for each call around it, where its value is
needed: a bisection of depth ten costs up to ten times its evaluation, a chain of n calls up to n / 2 times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import numpy as np
from numba import njit
from numba.core import types

from ..errors import UnsupportedError
from ..program.tree import Op, Program, Recursive, operands, walk
from .activity import carries_floats
from .live import is_random
from .memory import Memory, is_container
from .places import Places
from .primitives import PrimitiveCall, flowing_into, type_of
from .statements import Context, Reversal

__all__ = ["recursive_call", "refuse_effects"]

#: Pullbacks of the functions that the adjoint which is being generated has met.
_known: ContextVar[dict[Any, Any] | None] = ContextVar("dualad_recursions", default=None)


def recursive_call(op: Op, context: Context) -> Reversal | None:
    """The adjoint of a call inside the function that is called."""
    if not isinstance(op.function, Recursive):
        return None
    kinds = tuple(map(type_of, op.args))
    pull = _pullback(op.function.function, kinds)
    return PrimitiveCall(op, pull, flowing_into(op, context), context.saved_at(op))


def _pullback(function: Callable[..., Any], kinds: tuple[Any, ...]) -> Any:
    """A jitted function `(*args, y_bar) -> x_bars`, the same one while it is being made."""
    known = _known.get()
    if known is None:
        token = _known.set({})
        try:
            return _pullback(function, kinds)
        finally:
            _known.reset(token)
    if (function, kinds) not in known:
        from .compile import adjoint

        name = f"{function.__name__}_pull" if function.__name__.isidentifier() else "pull"
        space: dict[str, Any] = {"np": np, "__name__": __name__}
        exec(_source(name, kinds), space)
        known[function, kinds] = njit(error_model="numpy")(space[name])
        argnums = tuple(k for k, kind in enumerate(kinds) if carries_floats(kind))
        made = adjoint(function, kinds, argnums, seeded=True, with_value=False)
        space["adjoint"] = njit(error_model="numpy")(made.function)
    return known[function, kinds]


def _source(name: str, kinds: tuple[Any, ...]) -> str:
    names = [f"a{k}" for k in range(len(kinds))]
    leaves = [list(_float_leaves(*given)) for given in zip(names, kinds, strict=True)]
    flat = [leaf for found in leaves for leaf in found]
    lines = [f"def {name}({', '.join([*names, 'y_bar'])}):", "    like = 0.0", "    for _ in range(0):"]
    lines.append(f"        like += {' + '.join(_element(*leaf) for leaf in flat)} + np.sum(np.asarray(y_bar))")
    bars = [f"bar_{k}" for k in range(len(flat))]
    for bar, (path, kind) in zip(bars, flat, strict=True):
        value = "like" if _element_type(kind) == types.float64 else f"np.{_element_type(kind)}(like)"
        lines.append(f"    {bar} = np.full({path}.shape, {value})" if _is_array(kind) else f"    {bar} = {value}")
    lines += ["    for _ in range(1):", f"        swept = adjoint({', '.join([*names, 'y_bar'])})"]
    for k, (bar, (_, kind)) in enumerate(zip(bars, flat, strict=True)):
        added = f"{bar} + swept[{k}]"
        if not _is_array(kind) and _element_type(kind) != types.float64:
            added = f"np.{kind}({added})"
        lines.append(f"        {bar} += swept[{k}]" if _is_array(kind) else f"        {bar} = {added}")
    rest = iter(bars)
    lines.append(f"    return ({', '.join(_nested(kind, rest) for kind in kinds)},)")
    return "\n".join(lines) + "\n"


def _is_array(kind: Any) -> bool:
    return isinstance(kind, types.Array)


def _element_type(kind: Any) -> Any:
    return getattr(kind, "dtype", kind)


def _element(path: str, kind: Any) -> str:
    return f"{path}[{', '.join(['0'] * kind.ndim)}]" if _is_array(kind) and kind.ndim else path


def _float_leaves(path: str, kind: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(kind, types.BaseTuple):
        for k, member in enumerate(kind.types):
            yield from _float_leaves(f"{path}[{k}]", member)
    elif carries_floats(kind):
        yield path, kind


def _nested(kind: Any, bars: Iterator[str]) -> str:
    if isinstance(kind, types.BaseTuple):
        return f"({''.join(_nested(member, bars) + ', ' for member in kind.types)})"
    return next(bars) if carries_floats(kind) else "None"


def refuse_effects(program: Program) -> None:
    """Refuse recursive functions that do more than compute a new result: their calls could not be done again."""
    calls = _calls(program)
    done: set[Any] = set()
    while calls:
        call = calls.pop()
        assert isinstance(call.function, Recursive)
        key = call.function.function, tuple(map(type_of, call.args))
        if key in done:
            continue
        done.add(key)
        calls += _checked(call, *key)


def _checked(call: Op, function: Callable[..., Any], kinds: tuple[Any, ...]) -> list[Op]:
    """Refuse one recursive function where it has effects; the recursive calls in it."""
    from .compile import prepared

    program = prepared(function, kinds)
    places = Places(program)
    memory = Memory(places)
    outside = set(places.parameters)
    reason = None
    if any(memory.roots.get(target, frozenset()) & outside for _, target in memory.stores):
        reason = "it writes its arguments, so that a call cannot be done again"
    elif any(isinstance(_element_type(leaf), types.Complex) for k in kinds for _, leaf in _float_leaves("", k)):
        reason = "complex numbers go through it"
    elif any(is_container(out) and memory.roots.get(out, frozenset()) & outside for out in operands(program.result)):
        reason = "its result may be one of its arguments under another name"
    ops = [statement for statement in walk(program.body) if isinstance(statement, Op)]
    if any(op.function is print or is_random(op) for op in ops):
        reason = "it draws random numbers or prints, so that a call cannot be done again"
    if reason is not None:
        raise UnsupportedError(
            f"`{function.__name__}`, which calls itself,", reason, "write it as a loop", call.where.show()
        )
    return _calls(program)


def _calls(program: Program) -> list[Op]:
    return [s for s in walk(program.body) if isinstance(s, Op) and isinstance(s.function, Recursive)]
