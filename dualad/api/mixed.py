"""Drivers of mixed mode: a function cut in parts at narrow places, their Jacobians in the cheaper mode each, and the products."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numba.core import types
from numba.core.errors import NumbaError
from numba.extending import register_jitable

from ..errors import DualadError
from ..plan.chains import MOST_POINTS, PRODUCT, Chain, Tree
from ..plan.chains import leaves as parts_of
from .forward import shaped
from .frame import Frame
from .leaves import Leaf, leaves, rebuild
from .operators import Writer, derivative_function
from .request import Request
from .reverse import kept_options
from .target import Target

__all__ = ["Cuts", "MixedDriver", "cuts_of"]


@dataclass
class Cuts:
    """Where a function can be cut, for argument types.

    Parameters
    ----------
    parts : dualad.reverse.cuts.Parts
    sizes : callable
        A jitted function of all arguments whose result `parts.crossed` reads.
    """

    parts: Any
    sizes: Callable[..., Any]

    def chain(self, args: tuple[Any, ...], inputs: int, outputs: int) -> tuple[Chain, list[int]]:
        """The function as a chain through its narrowest places, and the positions of its points; evaluates the function."""
        crossed = self.parts.crossed(self.sizes(*args))
        points = sorted(range(len(crossed)), key=crossed.__getitem__)[:MOST_POINTS]
        inside = [(self.parts.cuts[k].position, crossed[k]) for k in sorted(points)]
        positions = [0, *(position for position, _ in inside), self.parts.end]
        sizes = [inputs, *(size for _, size in inside), outputs]

        def operations(start: int, stop: int) -> dict[str, float]:
            return self.parts.operations(positions[start], positions[stop])  # type: ignore[no-any-return]

        return Chain(sizes, operations), positions


def cuts_of(target: Target, kinds: tuple[types.Type, ...], argnums: tuple[int, ...]) -> Cuts | None:
    """Where a function can be cut; None where nowhere, or where inputs or outputs are not in double precision."""
    twin = target.twin
    stars = any(p.kind is p.VAR_POSITIONAL for p in target.signature.parameters.values())
    active = [leaf for i in argnums if i < len(kinds) for leaf in leaves("", kinds[i])]
    if stars or twin.original is None or any(leaf.element != types.float64 for leaf in active):
        return None
    from ..reverse.cuts import Parts

    try:
        parts = Parts(twin.original, kinds, argnums)
        doubles = all(leaf.element == types.float64 for leaf in leaves("", parts.result_type))
        return Cuts(parts, njit(parts.sizes())) if parts.cuts and doubles else None
    except (DualadError, NumbaError):
        return None  # what is wrong with it is said by the mode that is taken instead


class MixedDriver(Frame):
    """One driver of mixed mode.

    Parameters
    ----------
    target, given, request
        As for `Frame`.
    tree : tuple
        How the Jacobian is accumulated: `plan.chains`, with positions for points.
    forward, reverse : callable
        Write the drivers of Jacobians in both modes.
    """

    takes_adjoint = True

    def __init__(
        self,
        target: Target,
        given: tuple[types.Type, ...],
        request: Request,
        tree: Tree,
        forward: Writer,
        reverse: Writer,
    ) -> None:
        super().__init__(target, given, request)
        self._forward, self._reverse = forward, reverse
        from ..reverse.cuts import Parts

        self.constants.update(np=np, put=_put, put_number=_put_number, multiplied=_multiplied)
        self._parts = Parts(target.twin.original, self.given, self.argnums)
        self._matrices = 0
        self._tree = tree

    def write(self, request: Request) -> None:
        """Lines of the body: the parts in order, then the products of their Jacobians."""
        self.offsets()
        crossing: list[Leaf] = []
        matrices: dict[Tree, str] = {}
        for k, part in enumerate(parts_of(self._tree)):
            mode, start, stop = part
            piece = self._parts.part(start, stop)
            inputs = crossing or self.flat_inputs
            derivative = self._derivative(k, piece, mode)
            arguments = [*self.paths, *(leaf.path for leaf in crossing)]
            self.add(f"values_{k}, slopes_{k} = {derivative}({', '.join(arguments)})")
            crossing = [Leaf(f"values_{k}[{j}]", kind) for j, kind in enumerate(piece.outputs)]
            matrices[part] = self._matrix(k, crossing, inputs, bool(start))
        whole = self._product(self._tree, matrices)
        self._return(crossing, whole, request)

    def _derivative(self, k: int, piece: Any, mode: str) -> str:
        """Name of what gives values and Jacobian of a part."""
        jitted = njit(**kept_options(self.target))(piece.function)
        first = len(self.given)
        positions = tuple(range(first, first + len(piece.inputs))) if piece.inputs else self.argnums
        request = Request("value_and_jacobian", positions, False, (), with_value=True)
        made = derivative_function(jitted, request, self._forward, reverse=self._reverse, mode=mode)
        return self.constant(f"derivative_{k}", made)

    def _matrix(self, k: int, outputs: list[Leaf], inputs: list[Leaf], crossed: bool) -> str:
        """Name of the Jacobian of a part as one matrix: a row for each float that it gives."""
        name = f"matrix_{k}"
        self.add(f"{name} = np.empty(({_total(outputs)}, {_total(inputs)}))")
        self.add("row = 0")
        for j, output in enumerate(outputs):
            self.add("column = 0")
            for path, leaf in self._blocks(f"slopes_{k}[{j}]", inputs, crossed):
                if output.is_array or leaf.is_array:
                    self.add(f"put({name}, row, column, {path}.reshape(({output.size}, {leaf.size})))")
                else:
                    self.add(f"put_number({name}, row, column, {path})")
                self.add(f"column += {leaf.size}")
            self.add(f"row += {output.size}")
        return name

    def _blocks(self, slopes: str, inputs: list[Leaf], crossed: bool) -> Iterator[tuple[str, Leaf]]:
        """Expression of the derivative by each input, with the input."""
        if crossed:
            for i, leaf in enumerate(inputs):
                yield f"{slopes}[{i}]", leaf
            return
        given = iter(inputs)
        for i, position in enumerate(self.argnums):
            for leaf in leaves(f"{slopes}[{i}]", self.given[position]):
                yield leaf.path, next(given)

    def _product(self, tree: Tree, matrices: dict[Tree, str]) -> str:
        if tree[0] != PRODUCT:
            return matrices[tree]
        early, late = (self._product(part, matrices) for part in tree[1:])
        self._matrices += 1
        name = f"product_{self._matrices}"
        self.add(f"{name} = multiplied({late}, {early})")
        return name

    def _return(self, outputs: list[Leaf], matrix: str, request: Request) -> None:
        # the values of the last part are the outputs in one flat tuple
        self.output_type = types.unliteral(self._parts.result_type)
        blocks, whole = [], len(self.flat_inputs) == 1
        self.add("row = 0")
        for j, output in enumerate(outputs):
            rows = f"rows_{j}"
            part = f"{matrix}[row : row + {output.size}]" if output.is_array else f"{matrix}[row]"
            self.add(f"{rows} = {matrix if len(outputs) == 1 and output.is_array else f'{part}.copy()'}")
            self.add(f"row += {output.size}")
            blocks.append(self._shaped(rows, output, whole))
        result = rebuild(self.output_type, iter(blocks), self.constants)
        if request.with_value:
            values = rebuild(self.output_type, (leaf.path for leaf in outputs), self.constants)
            result = f"({values}, {result})"
        self.add(f"return {result}")

    def _shaped(self, rows: str, output: Leaf, whole: bool) -> str:
        """The rows of one output, in the shapes of the active arguments."""
        shape = f"{output.path}.shape" if output.is_array else None
        position = iter(range(len(self.flat_inputs)))
        groups = [
            rebuild(self.given[i], (shaped(rows, shape, leaf, next(position), whole) for leaf in group), self.constants)
            for i, group in zip(self.argnums, self.inputs, strict=True)
        ]
        return groups[0] if self.single else f"({', '.join(groups)},)"


def _total(found: list[Leaf]) -> str:
    return " + ".join(leaf.size for leaf in found)


@register_jitable
def _put(matrix, row, column, block):  # type: ignore[no-untyped-def]
    """Copy a block into a matrix; loops, as Numba takes seconds to compile an assignment of arrays."""
    for i in range(block.shape[0]):
        for j in range(block.shape[1]):
            matrix[row + i, column + j] = block[i, j]


@register_jitable
def _put_number(matrix, row, column, value):  # type: ignore[no-untyped-def]
    matrix[row, column] = value


@njit(cache=True)
def _multiplied(late, early):  # type: ignore[no-untyped-def]
    """Product of two matrices of which the inner dimension is small; needs no SciPy, as `np.dot` would.

    Zero times infinity is zero, as it is for a direction or a cotangent that is zero.
    """
    found = np.zeros((late.shape[0], early.shape[1]))
    for i in range(late.shape[0]):
        for k in range(late.shape[1]):
            factor = late[i, k]
            if factor == 0.0:
                continue
            for j in range(early.shape[1]):
                slope = early[k, j]
                found[i, j] += factor * slope if slope != 0.0 else 0.0
    return found
