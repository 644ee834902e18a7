"""Operators that are called in jitted code, such as `ad.grad(f)(x)` in a function: carried out when that code is compiled.

What they are called with is known then, as long as it is written in the code, global, or a jitted function handed over as an
argument. The derivative function stands in the code in place of the call, like one that is global.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from numba.core import ir, types
from numba.core.errors import ConstantInferenceError, TypingError
from numba.core.ir_utils import build_definitions, convert_code_obj_to_function
from numba.core.rewrites import Rewrite, register_rewrite

from ..errors import ArgumentError
from ..program.locate import Location
from .batches import vmap
from .directions import jvp
from .first import derivative, grad, jacfwd, jacobian, jacrev, value_and_grad, value_and_jacobian
from .gauss_newton import gauss_newton
from .products import hvp
from .pullbacks import vjp
from .rollouts import rollout
from .second import hessian, second_derivative, value_grad_and_hessian
from .second_directions import second_jvp
from .taylor import taylor

OPERATORS: frozenset[Any] = frozenset((
    derivative, gauss_newton, grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, rollout, second_derivative, second_jvp, taylor,
    value_and_grad, value_and_jacobian, value_grad_and_hessian, vjp, vmap,
))  # fmt: skip

for _operator in OPERATORS:
    _operator.__dualad_operator__ = True

#: {function: {(operator, arguments): derivative function}}. Numba's types refer to functions weakly, and one derivative function
#: serves all compilations of the function that asks for it.
_made: weakref.WeakKeyDictionary[Callable[..., Any], dict[Any, Any]] = weakref.WeakKeyDictionary()


@register_rewrite("before-inference")
class MakeDerivatives(Rewrite):
    """Puts the derivative function in place of each call of an operator."""

    def __init__(self, state: Any = None) -> None:
        self._state = state

    def match(self, func_ir: Any, block: Any, typemap: Any, calltypes: Any) -> bool:
        """Whether a block calls an operator."""
        self._ir, self._block = func_ir, block
        self._calls = {
            assign: made
            for assign in block.find_insts(ir.Assign)
            if _is_call(assign.value)
            for made in (self._derivative(assign.value),)
            if made is not None
        }
        return bool(self._calls)

    def apply(self) -> Any:
        """The block with derivative functions."""
        left: set[str] = set()
        for assign, made in self._calls.items():
            left |= {var.name for var in assign.value.list_vars()}
            assign.value = ir.Global(made.__name__, made, assign.loc)
        self._drop(left)
        self._ir._definitions = build_definitions(self._ir.blocks)
        return self._block

    def _derivative(self, call: ir.Expr) -> Any:
        """What a call of an operator gives; None for another call."""
        operator = self._constant(call.func)
        if not (callable(operator) and _is_operator(operator)):
            return None
        name = f"ad.{operator.__name__}"
        values = [*call.args, *(value for _, value in call.kws)]
        constants = [self._constant(value) for value in values]
        if call.vararg is not None or call.varkwarg is not None or any(c is _UNKNOWN for c in constants):
            raise ArgumentError(
                f"`{name}` is called in jitted code with something that is only known when the code runs\n"
                f"{Location.of(call.loc).show()}\n"
                f"  why:     derivatives are compiled together with the function that asks for them\n"
                f"  instead: give it a global function that takes all that it needs as arguments, and options as constants"
            )
        keywords = {key: value for (key, _), value in zip(call.kws, constants[len(call.args) :], strict=True)}
        positional = constants[: len(call.args)]
        kept = _made.setdefault(self._state.func_id.func, {})
        try:
            key = operator, *positional, *keywords.items()
            if key not in kept:
                kept[key] = operator(*positional, **keywords)
            return kept[key]
        except TypeError as error:
            raise ArgumentError(f"{error}\n{Location.of(call.loc).show()}") from None

    def _constant(self, var: ir.Var) -> Any:
        """The value of a variable, as far as it is known when compiling."""
        try:
            definition = self._ir.get_definition(var)
        except KeyError:
            return _UNKNOWN
        if isinstance(definition, ir.Arg):
            kind = self._state.args[definition.index]
            if isinstance(kind, types.Dispatcher):
                return getattr(kind.dispatcher, "original", None) or kind.dispatcher
            return kind.value if isinstance(kind, types.Omitted) else _UNKNOWN
        if _is_call(definition):
            made = self._derivative(definition)
            return _UNKNOWN if made is None else made
        if isinstance(definition, ir.Expr) and definition.op == "make_function":
            try:
                return convert_code_obj_to_function(definition, self._ir)
            except TypingError:
                return _UNKNOWN
        try:
            return self._ir.infer_constant(var)
        except ConstantInferenceError:
            return _UNKNOWN

    def _drop(self, left: set[str]) -> None:
        """Take out assignments that only the calls have read: Numba has no types for operators and plain functions."""
        blocks = self._ir.blocks.values()
        while left:
            unused = left - {name for block in blocks for statement in block.body for name in _read(statement)}
            left = set()
            for block in blocks:
                for statement in list(block.body):
                    if isinstance(statement, ir.Del) and statement.value in unused:
                        block.body.remove(statement)
                    elif isinstance(statement, ir.Assign) and statement.target.name in unused:
                        if not isinstance(statement.value, ir.Arg):
                            left.update(_read(statement))
                            block.body.remove(statement)


def _read(statement: ir.Stmt) -> list[str]:
    """Names of the variables that a statement reads."""
    names = [var.name for var in statement.list_vars()]
    if isinstance(statement, ir.Assign):
        names.remove(statement.target.name)
    return names


_UNKNOWN = object()


def _is_call(value: Any) -> bool:
    return isinstance(value, ir.Expr) and value.op == "call"


def _is_operator(value: Any) -> bool:
    try:
        return value in OPERATORS
    except TypeError:  # not hashable
        return False
