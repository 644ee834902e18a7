"""What the drivers of both modes are made of: the arguments and outputs of the user's function, and lines of source.

A driver is an ordinary Python function for Numba, written for given argument types. `Frame` collects its lines.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from numba.core import types

from ..errors import ArgumentError, OutputError, UnsupportedError
from ..numbers.aliases import may_write
from .leaves import Leaf, active_leaves, leaves, output_leaves
from .request import Request
from .target import Target

_INSTEAD_OF_GRADIENT = "`jacobian` for arrays and tuples, `derivative` for complex results"
_INSTEAD_OF_HESSIAN = "`jacobian` of a `jacobian` for other outputs"


class Frame:
    """One driver under construction.

    Parameters
    ----------
    target : Target
    given : sequence of numba types
        Types of the arguments that the driver is called with.
    request : Request
    """

    #: generated source that is worth reading, where it is not the driver's own
    source = ""
    #: whether a loop keeps states on disk
    on_disk = False
    #: whether it calls a generated adjoint
    takes_adjoint = False
    #: whether it gives products with several vectors
    several = False
    #: gives the schedule of its checkpointed loop for arguments of the function
    schedule: Callable[[tuple[Any, ...]], Any] | None = None
    #: functions that were preaccumulated unasked
    preaccumulated: Sequence[str] = ()
    #: tag and width of each level of numbers that it adds
    levels: tuple[Any, ...] = ()
    #: type of what the function gives: its result, or its output arguments
    output_type: types.Type

    def __init__(self, target: Target, given: Sequence[types.Type], request: Request) -> None:
        self.target, self.operator = target, request.operator
        self.given = tuple(_resolved(type_) for type_ in self.expanded(given))
        self.argnums, self.out_argnums, self.single = request.argnums, request.out_argnums, request.single
        self.constants: dict[str, Any] = {"__name__": __name__, "UnsupportedError": UnsupportedError}
        self.lines: list[str] = []
        #: what the arguments are called in messages, and the expressions that read them in the driver
        self.names = self.argument_names()
        self.paths = self.argument_paths()
        self._check_positions()
        self.inputs: list[list[Leaf]] = [
            active_leaves(self.paths[i], self.given[i], self.names[i], self.operator) for i in self.argnums
        ]
        self.flat_inputs = [leaf for group in self.inputs for leaf in group]
        self.complex_inputs = any(isinstance(leaf.element, types.Complex) for leaf in self.flat_inputs)

    def expanded(self, given: Sequence[types.Type]) -> list[types.Type]:
        """Types of the function's own arguments."""
        return _expanded(given, self.target)

    def argument_names(self) -> list[str]:
        """Names of the arguments as the user knows them."""
        names: list[str] = []
        for parameter in self.target.signature.parameters.values():
            if parameter.kind is parameter.VAR_POSITIONAL:
                names += [f"{parameter.name}[{i}]" for i in range(len(self.given) - len(names))]
            else:
                names.append(parameter.name)
        return names

    def argument_paths(self) -> list[str]:
        """Source expressions of the arguments: the driver's own names, so that no name of the user's can clash."""
        kinds = [parameter.kind for parameter in self.target.signature.parameters.values()]
        paths = [f"arg_{i}" for i in range(len(kinds))]
        if inspect.Parameter.VAR_POSITIONAL in kinds:
            star = kinds.index(inspect.Parameter.VAR_POSITIONAL)
            paths[star:] = [f"arg_{star}[{i}]" for i in range(len(self.given) - star)]
        return paths

    def written(self) -> set[int] | None:
        """Positions of arguments that the function may write; None where that is not known."""
        found = may_write(self.target.twin)
        kinds = [parameter.kind for parameter in self.target.signature.parameters.values()]
        if found and inspect.Parameter.VAR_POSITIONAL in kinds:
            star = kinds.index(inspect.Parameter.VAR_POSITIONAL)
            if star in found:  # one argument to the function, several to the driver
                return found | set(range(star, len(self.given)))
        return found

    def _check_positions(self) -> None:
        for i in (*self.argnums, *self.out_argnums):
            if i >= len(self.given):
                raise ArgumentError(
                    f"{self.operator}({self.target.name}): argument number {i} is asked for, but the call has "
                    f"{len(self.given)} arguments"
                )
        for i in self.out_argnums:
            if not isinstance(self.given[i], types.Array):
                raise ArgumentError(
                    f"{self.operator}({self.target.name}): output argument `{self.names[i]}` is {self.given[i]}; "
                    f"expected an array that the function writes its result into"
                )

    def constant(self, name: str, value: Any) -> str:
        """Make `value` a global of the driver; gives its name."""
        self.constants[name] = value
        return name

    def add(self, line: str, indent: int = 1) -> None:
        self.lines.append("    " * indent + line)

    def refuse_shared_memory(self, is_copied: Callable[[int], bool], written: set[int] | None, why: str) -> None:
        """Lines that raise where the function writes an array whose memory another argument shares: copies would part.

        Parameters
        ----------
        is_copied : callable
            Whether the function is called with a copy of an argument.
        written : set of int or None
            Positions of arguments that the function may write; None where that is not known.
        why : str
            The reason in the message.
        """
        arrays = [
            (i, leaf.path)
            for i, (path, type_) in enumerate(zip(self.paths, self.given, strict=True))
            for leaf in leaves(path, type_)
            if leaf.is_array
        ]
        for k, (i, path) in enumerate(arrays):
            for j, other in arrays[k + 1 :]:
                writes = written is None or bool({i, j} & (written | set(self.out_argnums)))
                if not writes or not (is_copied(i) or is_copied(j)):
                    continue
                what = f"{self.operator}({self.target.name}) of arguments `{self.names[i]}` and `{self.names[j]}` that share memory"
                self.constants.setdefault("may_overlap", _may_overlap())
                self.add(f"if may_overlap({path}, {other}):")
                self.add(f"raise UnsupportedError({what!r}, {why!r}, 'pass a copy of one of them')", 2)

    def offsets(self) -> None:
        """Names `at_0 ... at_k` of where each leaf starts, and `total`."""
        self.add("at_0 = 0")
        for k, leaf in enumerate(self.flat_inputs):
            self.add(f"at_{k + 1} = at_{k} + {leaf.size}")
        self.add(f"total = at_{len(self.flat_inputs)}")

    def outputs(self, path: str) -> list[Leaf]:
        """Leaves of the result."""
        return output_leaves(path, self.output_type, self.operator, self.target.name)

    def scalar_output(self) -> Leaf:
        """The one real output of a function that a gradient or Hessian is asked of.

        Raises
        ------
        OutputError
        """
        found = self.outputs("y")
        leaf = found[0]
        if isinstance(self.output_type, types.BaseTuple) or leaf.is_array or isinstance(leaf.element, types.Complex):
            described = _described(self.output_type)
            instead = _INSTEAD_OF_HESSIAN if "hessian" in self.operator else _INSTEAD_OF_GRADIENT
            raise OutputError(
                f"{self.operator}: `{self.target.name}` returns {described}; expected one real float. Use {instead}"
            )
        return leaf

    def finish(self, name: str, parameters: list[inspect.Parameter]) -> Callable[..., Any]:
        """The driver as a function of the same parameters, under names of its own.

        Its attribute `shown` is what `DerivativeFunction.source` gives; `on_disk` tells whether a loop keeps states on disk,
        `takes_adjoint` whether it calls a generated adjoint, `several` whether it gives several products, `widths` how many
        directions its numbers carry, `schedule` gives the schedule of a checkpointed loop, and `preaccumulated` are the functions
        that were preaccumulated unasked.
        """
        star = inspect.Parameter.VAR_POSITIONAL
        header = ", ".join(f"*arg_{i}" if p.kind is star else f"arg_{i}" for i, p in enumerate(parameters))
        source = f"def {name}({header}):\n" + "\n".join(self.lines) + "\n"
        exec(compile(source, f"<dualad {name} of {self.target.name}>", "exec"), self.constants)
        driver = self.constants[name]
        driver.shown, driver.on_disk, driver.takes_adjoint = self.source or source, self.on_disk, self.takes_adjoint
        driver.several, driver.widths = self.several, tuple(width for _, width in self.levels)
        driver.schedule, driver.preaccumulated = self.schedule, self.preaccumulated
        return driver  # type: ignore[no-any-return]


def passed_expression(leaf: Leaf, floats: bool, copied: bool) -> str:
    """What stands in a call for a part of an argument: whole numbers as floats, arrays as copies, where asked."""
    if leaf.is_array:
        return f"{leaf.path}.copy()" if copied else leaf.path
    return f"float({leaf.path})" if floats and isinstance(leaf.type, types.Integer) else leaf.path


def passed_type(type_: types.Type, floats: bool, copied: bool) -> types.Type:
    """Type of an argument after what `passed_expression` does to its leaves."""
    if isinstance(type_, types.BaseTuple):
        members = [passed_type(member, floats, copied) for member in type_.types]
        return types.BaseTuple.from_types(members, getattr(type_, "instance_class", None))
    if isinstance(type_, types.Array):
        return types.Array(type_.dtype, type_.ndim, "C") if copied else type_
    return types.float64 if floats and isinstance(type_, types.Integer) else type_


def _may_overlap() -> Callable[..., Any]:
    from ..numbers.overlap import may_overlap

    overlap: Callable[..., Any] = may_overlap
    return overlap


def _expanded(given: Sequence[types.Type], target: Target) -> list[types.Type]:
    """Argument types with those of `*args` one by one."""
    flat: list[types.Type] = []
    kinds = [parameter.kind for parameter in target.signature.parameters.values()]
    for position, type_ in enumerate(given):
        star = position < len(kinds) and kinds[position] is inspect.Parameter.VAR_POSITIONAL
        flat += type_.types if star and isinstance(type_, types.BaseTuple) else [type_]
    return flat


def _resolved(type_: types.Type) -> types.Type:
    from numba import typeof

    return typeof(type_.value) if isinstance(type_, types.Omitted) else types.unliteral(type_)


def _described(type_: types.Type) -> str:
    if isinstance(type_, types.BaseTuple):
        return f"a tuple of {len(type_.types)}"
    if isinstance(type_, types.Array):
        return f"an array of {type_.ndim} dimension{'s' if type_.ndim != 1 else ''}"
    return "a complex number"
