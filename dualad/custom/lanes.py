"""What the code that applies a rule calls: one direction out of an argument, all directions into a result."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.core.errors import NumbaTypeError
from numba.extending import intrinsic, overload, register_jitable

from ..numbers.parts import with_primal
from ..numbers.results import primal, primal_array, tangent_dtype, tangents
from ..numbers.seed import seed_tangents
from ..numbers.sets import LEVEL, SPEC
from ..numbers.types import DualType, dual_type, primal_type


@register_jitable
def tangent_array(x, spec, lane):
    """Direction `lane` of an array of numbers."""
    tangent = np.empty(x.shape, tangent_dtype(x, spec))
    flat = tangent.reshape(-1)
    i = 0
    for element in x.flat:
        flat[i] = tangents(element, spec)[lane]
        i += 1
    return tangent


@intrinsic
def over_same_value(typingctx, x, y):
    """The number `x` over the value type of `y`, so that a result keeps the precision that its function gives it."""
    value = primal_type(types.unliteral(y))
    source = types.unliteral(x)
    levels = source.levels if isinstance(source, DualType) else ()
    if not isinstance(value, (types.Float, types.Complex)) or not isinstance(
        source, (DualType, types.Number, types.Boolean)
    ):
        return None
    if isinstance(primal_type(source), types.Complex) and not isinstance(value, types.Complex):
        raise NumbaTypeError("a rule gives a complex tangent where the function gives a real number")
    target = dual_type(value, levels)

    def codegen(context, builder, sig, args):
        return context.cast(builder, args[0], source, target)

    return target(source, types.unliteral(y)), codegen


@intrinsic
def joined_dtype(typingctx, y, spec, tangent):
    """Element type of array `y` with tangents out of an array like `tangent`, as a dtype."""
    levels = {level for kind in (y.dtype, tangent.dtype) if isinstance(kind, DualType) for level in kind.levels}
    dtype = types.DType(dual_type(primal_type(y.dtype), tuple(sorted(levels | set(spec.levels)))))
    return dtype(y, spec, tangent), lambda context, builder, sig, args: context.get_dummy_value()


def join(y, spec, directions):
    """`y` with one tangent for each direction of a new level, from a tuple of them."""
    raise NotImplementedError("only inside compiled code")


@overload(join)
def _join(y, spec, directions):
    given, scalar = directions.types[0], not isinstance(y, types.Array)
    if scalar != (not isinstance(given, types.Array)) or (not scalar and given.ndim != y.ndim):
        raise NumbaTypeError(f"a rule gives a tangent of type {given} where the function gives {y}")
    width = len(directions.types)
    if scalar:
        lanes = ", ".join(f"over_same_value(directions[{k}], y)" for k in range(width))
        source = f"def joined(y, spec, directions):\n    return seed_tangents(y, spec, ({lanes},))\n"
    else:
        lanes = ", ".join(f"over_same_value(d{k}[i], y.flat[i])" for k in range(width))
        flat = "".join(f"    d{k} = directions[{k}].copy().reshape(-1)\n" for k in range(width))
        source = (
            "def joined(y, spec, directions):\n"
            "    for direction in directions:\n"
            "        if direction.shape != y.shape:\n"
            '            raise ValueError("a rule gives a tangent of another shape than the result")\n'
            "    made = np.empty(y.shape, joined_dtype(y, spec, directions[0]))\n"
            f"{flat}    flat = made.reshape(-1)\n"
            "    for i in range(y.size):\n"
            f"        flat[i] = seed_tangents(y.flat[i], spec, ({lanes},))\n"
            "    return made\n"
        )
    namespace = {
        "np": np,
        "over_same_value": over_same_value,
        "joined_dtype": joined_dtype,
        "seed_tangents": seed_tangents,
    }
    exec(source, namespace)
    return namespace["joined"]


#: Factor between two cotangents that show whether a rule is linear: a power of two, so that nothing rounds.
MULTIPLE = 2.0**30
#: Relative difference that an iteration inside a rule may leave.
_TOLERANCE = 1e-6


def proportional(bar, multiple):
    """Whether one cotangent is `MULTIPLE` times the other."""
    raise NotImplementedError("only inside compiled code")


@overload(proportional)
def _proportional(bar, multiple):
    if not isinstance(bar, types.Array):
        return lambda bar, multiple: (
            not (abs(multiple - MULTIPLE * bar) > _TOLERANCE * (abs(multiple) + abs(MULTIPLE * bar)))
        )

    def arrays(bar, multiple):
        if bar.shape != multiple.shape:
            return False
        wrong = 0
        for index in np.ndindex(bar.shape):
            wrong += not proportional(bar[index], multiple[index])
        return wrong == 0

    return arrays


# index sets (see `numbers.sets`)


@intrinsic
def empty_set(typingctx):
    """A number that depends on no input."""
    target = dual_type(types.float64, (LEVEL,))
    return target(), lambda context, builder, sig, args: context.get_constant_null(target)


def united(inputs, x):
    """`inputs` with the set of a number, or the sets of all elements of an array."""
    raise NotImplementedError("only inside compiled code")


@overload(united)
def _united(inputs, x):
    if not isinstance(x, types.Array):
        return lambda inputs, x: inputs + x.real + x.imag

    def of_array(inputs, x):
        for element in x.flat:
            inputs = inputs + element.real + element.imag
        return inputs

    return of_array


def with_set(y, inputs):
    """The value, or array of values, `y` with the set of `inputs`."""
    raise NotImplementedError("only inside compiled code")


@overload(with_set)
def _with_set(y, inputs):
    if not isinstance(y, types.Array):
        return lambda y, inputs: with_primal(y, over_same_value(inputs, y))

    def of_array(y, inputs):
        made = np.empty(y.shape, joined_dtype(y, SPEC, np.empty(0, y.dtype)))
        flat, i = made.reshape(-1), 0
        for element in y.flat:
            flat[i] = with_set(element, inputs)
            i += 1
        return made

    return of_array


#: Globals of the code that applies a rule.
NAMESPACE = {
    "np": np,
    "join": join,
    "proportional": proportional,
    "primal": primal,
    "primal_array": primal_array,
    "tangent_array": tangent_array,
    "tangents": tangents,
    "empty_set": empty_set,
    "united": united,
    "with_set": with_set,
}
