"""Applies a rule to arguments that carry derivatives, one level at a time.

The last level is taken off all arguments, the rule is called for each of its directions, and the level is put onto the
result. What the rule computes with carries the levels below, so higher derivatives follow from its own code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from numba.core import types

from ..errors import UnsupportedError
from ..numbers.leaves import Leaf, leaves, rebuild
from ..numbers.types import DualType, Level, Levels, levels_in, plain_type
from .lanes import MULTIPLE, NAMESPACE

_NOT_LINEAR = (
    "`{name}` has no derivative along tangents, since its bwd is not linear in y_bar: use mode='reverse', "
    "or give `{name}.defjvp(...)` as well"
)


class Application:
    """Code of one call under construction.

    Parameters
    ----------
    args : tuple of numba types
        At least one of them carries derivatives.
    result : numba type
        What the function itself gives on plain arguments.
    constants : dict
        Further globals of the code: the function `f` and its rule.
    """

    def __init__(self, args: tuple[types.Type, ...], result: types.Type, constants: dict[str, Any]) -> None:
        self.args, self.result = args, result
        levels = levels_in(args)
        self.level: Level = levels[-1]
        self.width = self.level[1]
        self.nested = len(levels) > 1
        self.constants: dict[str, Any] = {
            **NAMESPACE,
            **constants,
            "level": Levels((self.level,)),
            "__name__": __name__,
        }
        self.lines: list[str] = []
        self.groups = [list(leaves(f"a{i}", type_)) for i, type_ in enumerate(args)]

    def add(self, line: str, indent: int = 1) -> None:
        """Append a line of code."""
        self.lines.append("    " * indent + line)

    def carries(self, leaf: Leaf) -> bool:
        """Whether a leaf carries the level."""
        element = leaf.type.dtype if leaf.is_array else leaf.type
        return isinstance(element, DualType) and self.level in element.levels

    def without_level(self) -> str:
        """Lines that take the level off the arguments; gives the expression of a call's arguments."""
        for i, (type_, group) in enumerate(zip(self.args, self.groups, strict=True)):
            parts = [self._below(leaf) if self.carries(leaf) else leaf.path for leaf in group]
            self.add(f"x{i} = {rebuild(types.unliteral(type_), iter(parts), self.constants)}")
        return ", ".join(f"x{i}" for i in range(len(self.args)))

    def _below(self, leaf: Leaf) -> str:
        return f"{'primal_array' if leaf.is_array else 'primal'}({leaf.path}, level)"

    def tangent(self, leaf: Leaf, lane: str) -> str:
        """Expression of one direction of a leaf; zero where it does not carry the level, None where it never could."""
        if self.carries(leaf):
            return (
                f"tangent_array({leaf.path}, level, {lane})"
                if leaf.is_array
                else f"tangents({leaf.path}, level)[{lane}]"
            )
        element = leaf.element
        if isinstance(element, (types.Float, types.Complex)):
            return f"np.zeros({leaf.path}.shape, np.{element})" if leaf.is_array else f"np.{element}(0.0)"
        return "0.0" if isinstance(leaf.type, (types.Number, types.Boolean)) else "None"

    def finish(self, value: str, direction: Callable[[Leaf, int], str]) -> Callable[..., Any]:
        """The function, whose result is `value` with the tangent `direction(leaf, lane)` in each float leaf."""

        def parts() -> Iterator[str]:
            for leaf in leaves("", self.result):
                if isinstance(leaf.element, (types.Float, types.Complex)):
                    lanes = ", ".join(direction(leaf, lane) for lane in range(self.width))
                    yield f"join({value}{leaf.path}, level, ({lanes},))"
                else:
                    yield f"{value}{leaf.path}"

        return self.returning(rebuild(self.result, parts(), self.constants))

    def returning(self, result: str) -> Callable[..., Any]:
        """The function, whose result is an expression."""
        self.add(f"return {result}")
        names = ", ".join(f"a{i}" for i in range(len(self.args)))
        source = f"def applied({names}):\n" + "\n".join(self.lines) + "\n"
        exec(source, self.constants)
        applied: Callable[..., Any] = self.constants["applied"]
        return applied


def by_sets(args: tuple[types.Type, ...], result: types.Type, f: Any) -> Callable[..., Any]:
    """Code for arguments that carry index sets: every output is taken to depend on every input, as a rule may do anything."""
    code = Application(args, result, {"f": f})
    code.add(f"y = f({code.without_level()})")
    code.add("inputs = empty_set()")
    for leaf in (leaf for group in code.groups for leaf in group if code.carries(leaf)):
        code.add(f"inputs = united(inputs, {leaf.path})")

    def parts() -> Iterator[str]:
        for leaf in leaves("", result):
            is_float = isinstance(leaf.element, (types.Float, types.Complex))
            yield f"with_set(y{leaf.path}, inputs)" if is_float else f"y{leaf.path}"

    return code.returning(rebuild(result, parts(), code.constants))


def by_jvp(args: tuple[types.Type, ...], result: types.Type, f: Any, rule: Any) -> Callable[..., Any]:
    """Code for a rule `rule(primals, tangents) -> (y, y_dot)`: one call for each direction."""
    code = Application(args, result, {"f": f, "rule": rule})
    primals = code.without_level()
    for lane in range(code.width):
        dots = [
            rebuild(types.unliteral(type_), (code.tangent(leaf, str(lane)) for leaf in group), code.constants)
            for type_, group in zip(args, code.groups, strict=True)
        ]
        code.add(f"y_{lane}, dot_{lane} = rule(({primals},), ({', '.join(dots)},))")
    if code.nested:  # derivatives of the value are the rule's too, not those of its code for the value
        code.add(f"y_0 = f({primals})")
    return code.finish("y_0", lambda leaf, lane: f"dot_{lane}{leaf.path}")


def by_vjp(
    args: tuple[types.Type, ...], result: types.Type, f: Any, fwd: Any, bwd: Any, name: str, where: str
) -> Callable[..., Any]:
    """Code for rules `fwd(*args) -> (y, record)` and `bwd(record, y_bar) -> x_bars`: one call of `bwd` for each output."""
    code = Application(args, result, {"f": f, "fwd": fwd, "bwd": bwd})
    moving = [(i, leaf) for i, group in enumerate(code.groups) for leaf in group if code.carries(leaf)]
    outputs = list(leaves("", result))
    if any(isinstance(leaf.element, types.Complex) for leaf in (*outputs, *(leaf for _, leaf in moving))):
        raise UnsupportedError(
            f"`{name}` in forward mode",
            "its rule is a custom_vjp, from which a tangent follows for real numbers only",
            f"give `{name}.defjvp(...)` as well",
            where,
        )
    code.add(f"y, record = fwd({code.without_level()})")
    if code.nested:
        code.add(f"y = f({', '.join(f'x{i}' for i in range(len(args)))})")
    for j, leaf in enumerate(outputs):
        if isinstance(leaf.element, types.Float):
            _rows(code, outputs, j, moving, name)

    def direction(leaf: Leaf, lane: int) -> str:
        j = next(j for j, output in enumerate(outputs) if output.path == leaf.path)
        column = f"rows_{j}[:, {lane}].copy()"
        return f"{column}.reshape(y{leaf.path}.shape)" if leaf.is_array else f"rows_{j}[0, {lane}]"

    return code.finish("y", direction)


def _rows(code: Application, outputs: list[Leaf], j: int, moving: list[tuple[int, Leaf]], name: str) -> None:
    """Lines that fill `rows_j`: each component of output leaf `j` along each direction.

    Rows are the cotangents of unit vectors only if `bwd` is linear, which a second call with a large multiple shows:
    a rule that clips its cotangent has no derivative along tangents.
    """
    output = outputs[j]
    count = f"y{output.path}.size" if output.is_array else "1"
    code.add(f"rows_{j} = np.zeros(({count}, {code.width}), np.{output.element})")
    code.add(f"for i in range({count}):")
    _call_backward(code, outputs, j, "x_bars", "1.0")
    _call_backward(code, outputs, j, "multiple", repr(MULTIPLE))
    for i, leaf in moving:
        path = f"[{i}]{leaf.path.removeprefix(f'a{i}')}"
        code.add(f"if not proportional(x_bars{path}, multiple{path}):", 2)
        code.add(f"raise ValueError({_NOT_LINEAR.format(name=name)!r})", 3)
    code.add(f"for k in range({code.width}):", 2)
    for i, leaf in moving:
        product = f"x_bars[{i}]{leaf.path.removeprefix(f'a{i}')} * {code.tangent(leaf, 'k')}"
        code.add(f"rows_{j}[i, k] += {f'np.sum({product})' if leaf.is_array else product}", 3)


def _call_backward(code: Application, outputs: list[Leaf], j: int, result: str, amount: str) -> None:
    """Lines that call `bwd` with `amount` in component `i` of output leaf `j`."""
    bars = []
    for other, leaf in enumerate(outputs):
        kind = f"np.{leaf.element}" if isinstance(leaf.element, types.Float) else "np.float64"
        if leaf.is_array:
            code.add(f"bar_{other} = np.zeros(y{leaf.path}.shape, {kind})", 2)
            if other == j:
                code.add(f"bar_{other}.reshape(-1)[i] = {amount}", 2)
        else:
            code.add(f"bar_{other} = {kind}({amount if other == j else '0.0'})", 2)
        bars.append(f"bar_{other}")
    code.add(f"{result} = bwd(record, {rebuild(code.result, iter(bars), code.constants)})", 2)


def result_of(f: Any, args: tuple[types.Type, ...]) -> types.Type:
    """Type of what the function gives on plain arguments."""
    template, _, folded, _ = f.get_call_template(tuple(map(plain_type, args)), {})
    cases = [case for case in template.cases if tuple(case.args) == tuple(folded)]
    return types.unliteral((cases or template.cases)[-1].return_type)
