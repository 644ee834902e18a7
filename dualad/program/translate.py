"""From Numba's typed statements to operations over variables, in a graph of blocks.

Blocks are visited in an order in which every value is met before it is used, except along the ways back of loops; names,
tuples, constants, bound methods and iterators are resolved on the way and leave no operation.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from numba import typeof
from numba.core import ir, types
from numba.core.analysis import compute_cfg_from_blocks

from ..errors import UnsupportedError
from .capture import Capture
from .expressions import evaluate
from .fence import carries_tangents, refused_store
from .graph import Block, Branch, Edge, Fail, For, Graph, Jump, Stop, reverse_postorder
from .indices import is_own_view, static_index
from .iterate import Indices, More
from .lists import Lists
from .locate import Location
from .naming import source_name
from .ssa import Names
from .tree import Const, Op, Operand, Var, operands
from .values import Failure, constant, conversion, parts, shaped

__all__ = ["Translator", "translate"]


def translate(captured: Capture, inline: Callable[..., Any]) -> Graph:
    """The graph of a captured function.

    Parameters
    ----------
    captured : Capture
    inline : callable
        `inline(callable, types, values, where)`: the blocks of a call, as its first block, its last and its result.
    """
    return Translator(captured, inline).run()


class Translator:
    """The translation of one function.

    Attributes
    ----------
    block : Block
        Where operations are added.
    where : Location
        Of the statement that is being translated.
    """

    def __init__(self, captured: Capture, inline: Callable[..., Any]) -> None:
        self.captured, self.inline = captured, inline
        self.calls = captured.calls
        blocks = captured.ir.blocks
        self.cfg = compute_cfg_from_blocks(blocks)
        labels = [label for label in self.cfg.topo_order() if label in blocks]
        self.first = {label: Block() for label in labels}
        self.ways: dict[int, list[tuple[Block, Edge]]] = {}
        self.label = labels[0]
        self.block = self.first[self.label]
        self.where = Location.of(captured.ir.loc)
        definitions: dict[str, list[int]] = {}
        for label in labels:
            for statement in blocks[label].body:
                if isinstance(statement, ir.Assign):
                    definitions.setdefault(statement.target.name, []).append(label)
        before = {label: [p for p, _ in self.cfg.predecessors(label) if p in self.first] for label in labels}
        self.names = Names(before, self.cfg.dominators(), self.first, definitions, self.kind_of, self.variable)
        self.graph = self._empty_graph()
        self.lists = Lists()

    def _empty_graph(self) -> Graph:
        captured, entry = self.captured, Block()
        entry.end = Jump(Edge(self.first[self.label]), self.where)
        code = captured.function.__code__
        names = captured.ir.arg_names
        parameters = [
            shaped(kind, lambda k, n: Var(n, k), name) for name, kind in zip(names, captured.arg_types, strict=True)
        ]
        result = shaped(captured.result_type, lambda k, n: Var(n, k, temporary=True), "result")
        leave = Block(
            [part for part, _ in parts(result, captured.result_type) if isinstance(part, Var)], [], Stop(self.where)
        )
        name = captured.function.__name__
        return Graph(name, code.co_filename, parameters, entry, leave, result, types.unliteral(captured.result_type))

    def run(self) -> Graph:
        """Translate every block."""
        for label in self.first:
            self.label, self.block = label, self.first[label]
            for statement in self.captured.ir.blocks[label].body:
                self.where = Location.of(statement.loc)
                self._statement(statement)
        self.names.finish(self.ways, self._convert_at)
        self.lists.check(self)
        return self.graph

    # What translations of expressions ask for

    def kind_of(self, name: str) -> Any:
        """Type of a name."""
        return self.captured.types[name]

    def variable(self, kind: Any, name: str = "") -> Var:
        """A new variable, under the name that the source has for it, if any."""
        if carries_tangents(kind):
            raise self.refuse(
                "a derivative computed in forward mode inside",
                "numbers that carry tangents have no adjoint",
                "use `derivative`, `grad` or `jacobian` inside, which have a reverse mode, or forward mode outside",
            )
        known = source_name(name) if name else ""
        return Var(known or "t", types.unliteral(kind), temporary=not known)

    def read(self, variable: ir.Var) -> Any:
        """The value of a variable of Numba's."""
        return self.names.read(self.label, variable.name)

    def emit(self, function: Callable[..., Any], args: tuple[Any, ...], kind: Any, kwargs: Any = ()) -> Any:
        """Add an operation; its result as a value: None without, a tuple of elements where it returns a tuple."""
        kind = types.unliteral(kind)
        nothing = isinstance(kind, (types.NoneType, types.misc.NoneType))
        result = None if nothing else self.variable(kind)
        for part in operands((args, tuple(argument for _, argument in kwargs))):
            if not isinstance(part, (Var, Const)):
                raise self.refuse(
                    "an iterator that is passed on", "where it stands depends on what ran before", "pass an array"
                )
        op = Op(function, args, result, self.where, tuple(kwargs))
        self.block.ops.append(op)
        self.lists.note(self.label, op)
        if result is None:
            return Const(None, types.none)
        return self.elements(result) if isinstance(kind, types.BaseTuple) else result

    def elements(self, whole: Var) -> Any:
        """The members of a tuple that an operation returns."""
        if isinstance(whole.type, types.BaseNamedTuple):
            names = [Const(name, types.unicode_type) for name in whole.type.fields]
            return tuple(self.emit(getattr, (whole, name), k) for name, k in zip(names, whole.type.types, strict=True))
        places = [Const(i, types.intp) for i in range(len(whole.type.types))]
        return tuple(
            self.emit(operator.getitem, (whole, place), k) for place, k in zip(places, whole.type.types, strict=True)
        )

    def convert(self, operand: Operand, kind: Any) -> Operand:
        """An operand as a number of a type."""
        function = conversion(operand, kind)
        if function is None:
            return operand
        if isinstance(operand, Const):
            return Const(function(operand.value), kind, operand.name)
        return self.emit(function, (operand,), kind)

    def convert_value(self, value: Any, kind: Any) -> Any:
        """`convert` for every member of a tuple."""
        if isinstance(value, tuple):
            return tuple(self.convert_value(v, k) for v, k in zip(value, kind.types, strict=True))
        return self.convert(value, kind) if isinstance(value, (Var, Const)) else value

    def refuse(self, what: str, reason: str, rewrite: str) -> UnsupportedError:
        """The refusal of the present statement."""
        return UnsupportedError(what, reason, rewrite, self.where.show())

    def choose(self, cond: Operand, one: Operand, other: Operand, kind: Any) -> Var:
        """`one if cond else other`."""
        result = self.variable(kind)
        join = Block([result])
        self.block.end = Branch(cond, Edge(join, [one]), Edge(join, [other]), self.where)
        self.block = join
        return result

    def splice(self, first: Block, last: Block) -> None:
        """Go on after blocks that run here."""
        for block in reverse_postorder(first):
            for op in block.ops:
                self.lists.note(self.label, op)
        self.block.end = Jump(Edge(first), self.where)
        self.block = last

    def passes_to(self, label: int) -> int:
        """The first block from a block on that does something."""
        body = self.captured.ir.blocks[label].body
        while isinstance(body[-1], ir.Jump) and all(_is_phi(s) for s in body[:-1]) and body[-1].target != label:
            label = body[-1].target
            body = self.captured.ir.blocks[label].body
        return label

    # Statements

    def _convert_at(self, block: Block, operand: Operand, kind: Any) -> Operand:
        self.block = block
        return self.convert(operand, kind)

    def _statement(self, statement: Any) -> None:
        match statement:
            case ir.Assign():
                self._assign(statement.target.name, statement.value)
            case ir.SetItem() | ir.StaticSetItem():
                self._set_item(statement)
            case ir.Jump():
                self._end(Jump(self._edge(statement.target), self.where))
            case ir.Branch():
                self._branch(statement)
            case ir.Return():
                self._return(self.read(statement.value))
            case ir.Raise() | ir.StaticRaise() | ir.DynamicRaise():
                self._raise(statement)
            case ir.Print():
                values = tuple(self.read(v) for v in statement.args)
                self.emit(print, values + tuple(self.read(statement.vararg) if statement.vararg else ()), types.none)
            case ir.Del():
                pass
            case _:
                raise self._refused(statement)

    def _assign(self, name: str, source: Any) -> None:
        kind = self.kind_of(name)
        match source:
            case ir.Arg():
                value = self.graph.parameters[source.index]
            case ir.Const():
                value = constant(source.value, kind)
            case ir.Global() | ir.FreeVar():
                value = constant(source.value, kind, source.name)
            case ir.Var():
                value = self.read(source)
            case ir.Expr(op="phi"):
                labels = source.incoming_blocks
                names = [v.name if isinstance(v, ir.Var) else None for v in source.incoming_values]
                self.names.define_join(self.label, name, kind, dict(zip(labels, names, strict=True)))
                return
            case ir.Expr():
                value = evaluate(self, source, kind)
            case _:
                raise self._refused(source)
        known = source_name(name)
        if isinstance(value, Var) and value.temporary and known:
            value.name, value.temporary = known, False
        self.names.define(self.label, name, value)

    def _set_item(self, statement: Any) -> None:
        if isinstance(statement, ir.SetItem):
            index = self.read(statement.index)
        else:
            index = static_index(statement.index)
        target, value = self.read(statement.target), self.read(statement.value)
        if isinstance(target, Indices):
            index = target.index(self, index)
            target = target.array
        refused_store(self, target, value)
        if not is_own_view(self.block.ops, value, target, index):
            self.emit(operator.setitem, (target, index, value), types.none)

    def _edge(self, label: int) -> Edge:
        edge = Edge(self.first[label])
        self.ways.setdefault(self.label, []).append((self.block, edge))
        return edge

    def _end(self, end: Any) -> None:
        self.block.end = end

    def start_iteration(self) -> None:
        """What follows in the block that is the head of a loop over a range belongs to the iteration."""
        self._head, self.block = self.block, Block()
        self._body = self.block

    def _branch(self, statement: ir.Branch) -> None:
        cond = self.read(statement.cond)
        if isinstance(cond, Const):
            label = statement.truebr if cond.value else statement.falsebr
            self._end(Jump(self._edge(label), self.where))
        elif isinstance(cond, More):
            self._end(Jump(self._edge(statement.truebr), self.where))
            self.block = after = Block()
            self._end(Jump(self._edge(statement.falsebr), self.where))
            self._head.end = For(cond.index, cond.bounds, Edge(self._body), Edge(after), self.where, cond.mark)
        else:
            then, orelse = self._edge(statement.truebr), self._edge(statement.falsebr)
            self._end(Branch(cond, then, orelse, self.where))

    def _return(self, value: Any) -> None:
        given = [self.convert(part, kind) for part, kind in parts(value, self.captured.result_type)]
        self._end(Jump(Edge(self.graph.exit, given), self.where))

    def _raise(self, statement: Any) -> None:
        if isinstance(statement, ir.Raise):
            value = self.read(statement.exception) if statement.exception else Const(None, types.none)
            value = value if isinstance(value, Failure) else Failure(getattr(value, "value", None), ())
        else:
            given = [self._raised(arg) for arg in statement.exc_args or ()]
            value = Failure(statement.exc_class, tuple(given))
        self._end(Fail(value.kind, value.args, self.where))

    def _raised(self, arg: Any) -> Any:
        return self.read(arg) if isinstance(arg, ir.Var) else Const(arg, types.unliteral(typeof(arg)))

    def _refused(self, statement: Any) -> UnsupportedError:
        from .fence import refusal

        return refusal(statement, self.where)


def _is_phi(statement: Any) -> bool:
    return isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Expr) and statement.value.op == "phi"
