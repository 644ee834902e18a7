"""Evaluates the recurrences of power series order by order, as LLVM code.

Low orders are written out where the call stands. Written out, an operation takes instructions in proportion to the square of the
order; high orders are therefore loops, in a function that all calls of a primitive in a module share.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from llvmlite import ir
from numba.core import cgutils

from ..rules.expressions import Const, Expr, str_of

#: Up to this order everything is written out.
WRITTEN_OUT = 8

_INDEX = ir.IntType(64)


def expand(partials, given, steps, wanted: Expr, order: int, strong_zero: bool) -> list:
    """Coefficients of order 1 ... `order` of the expression `wanted`.

    Parameters
    ----------
    partials : Partials
        Its builder is where the code goes; it has the value of every expression that is needed.
    given : dict of Expr -> list
        Coefficients of the arguments.
    steps : list of (Expr, Recurrence)
        Each one behind those that it needs at the same order.
    wanted : Expr
    order : int
    strong_zero : bool
        Whether a product is 0 when either factor is exactly 0 (CONVENTIONS).
    """
    if order <= WRITTEN_OUT:
        values = {expression: partials.emit(expression) for expression in _read(steps)}
        written = _WrittenOut(partials.builder, partials.field, values, given, strong_zero)
        for k in range(1, order + 1):
            for expression, step in steps:
                if k <= step.order:
                    written.put(expression, k, written.coefficient(expression, step, k))
        return written.known[wanted][1:]
    return _call_loops(partials, given, steps, wanted, order, strong_zero)


def _read(steps) -> Iterator[Expr]:
    """Every expression whose value at the primals the recurrences read."""
    seen = set()
    for expression, step in steps:
        by = () if step.by is None else (step.by,)
        pairs = [part for pair in (*step.linear, *step.curved) for part in pair]
        for read in (expression, *step.operands, *by, *pairs):
            if read not in seen:
                seen.add(read)
                yield read


class _Orders:
    """The recurrences, whatever an order is: a whole number, or an LLVM value in a loop.

    Parameters
    ----------
    builder : llvmlite IRBuilder
    field : RealField or ComplexField
    values : dict of Expr -> entry
        At the primals.
    strong_zero : bool
    """

    def __init__(self, builder, field, values, strong_zero: bool) -> None:
        self.builder, self.field, self.values, self.strong_zero = builder, field, values, strong_zero

    def varies(self, expression: Expr) -> bool:
        """Whether an expression has coefficients beyond its value."""
        raise NotImplementedError

    def at(self, expression: Expr, k):
        """Coefficient `k` of an expression."""
        raise NotImplementedError

    def over(self, entry, k):
        """An entry divided by an order."""
        raise NotImplementedError

    def convolve(self, a: Expr, b: Expr, k, first: int = 1, weighted: bool = False):
        """The sum over `j = first ... k` of `a[j] b[k - j]`, each term `j` times if it is weighted."""
        raise NotImplementedError

    def coefficient(self, expression: Expr, step, k):
        """Coefficient of order `k`, given all lower ones."""
        if step.op == "mul":
            return self.convolve(step.operands[0], step.operands[1], k, first=0)
        if step.op == "div":
            above, below = step.operands
            rest = self.at(above, k)
            if self.varies(below):
                rest = self.field.sub(self.builder, rest, self.convolve(below, expression, k))
            return self.times(rest, self.values[step.by])
        if step.op == "select":
            return self._select(self.values[step.by], *(self.at(operand, k) for operand in step.operands))
        terms = [self._linear(argument, partial, k) for argument, partial in step.linear]
        if step.curved:
            curved = [self.convolve(argument, partial, k, weighted=True) for argument, partial in step.curved]
            terms.append(self.over(self._sum(curved), k))
        return self._sum(terms)

    def _sum(self, terms):
        total, *rest = terms
        for term in rest:
            total = self.field.add(self.builder, total, term)
        return total

    def _linear(self, argument: Expr, partial: Expr, k):
        if partial is Const(1.0):
            return self.at(argument, k)
        if partial is Const(-1.0):
            return self.field.neg(self.builder, self.at(argument, k))
        return self.times(self.values[partial], self.at(argument, k))

    def _select(self, condition, if_true, if_false):
        if isinstance(if_true, tuple):
            return tuple(self.builder.select(condition, a, b) for a, b in zip(if_true, if_false, strict=True))
        return self.builder.select(condition, if_true, if_false)

    def times(self, a, b):
        """A product, with a strong zero where the rule asks for it."""
        product = self.field.mul(self.builder, a, b)
        if self.strong_zero:
            for factor in (a, b):
                product = self.field.zero_where(self.builder, self.field.is_zero(self.builder, factor), product)
        return product

    def zero(self):
        """The entry 0."""
        return self.field.constant(next(value for value in self.values.values() if _is_number(value)), 0.0)


def _is_number(value) -> bool:
    return isinstance(value, tuple) or value.type != ir.IntType(1)


class _WrittenOut(_Orders):
    """Coefficients are LLVM values, those of an expression in a list."""

    def __init__(self, builder, field, values, given, strong_zero: bool) -> None:
        super().__init__(builder, field, values, strong_zero)
        self.known = {name: [values.get(name), *blocks] for name, blocks in given.items()}
        self._weighted: dict = {}

    def varies(self, expression: Expr) -> bool:
        return expression in self.known

    def at(self, expression: Expr, k: int):
        return self.known[expression][k] if expression in self.known else self.zero()

    def put(self, expression: Expr, k: int, entry) -> None:
        self.known.setdefault(expression, [self.values[expression]]).append(entry)

    def over(self, entry, k: int):
        return entry if k == 1 else self.field.mul(self.builder, entry, self.field.constant(entry, 1.0 / k))

    def _slope(self, expression: Expr, j: int):
        """`j` times coefficient `j`."""
        if (expression, j) not in self._weighted:
            entry = self.known[expression][j]
            weight = self.field.constant(entry, float(j))
            self._weighted[expression, j] = entry if j == 1 else self.field.mul(self.builder, entry, weight)
        return self._weighted[expression, j]

    def convolve(self, a: Expr, b: Expr, k: int, first: int = 1, weighted: bool = False):
        right = self.known.get(b) or [self.values[b]]
        terms = []
        for j in range(first, k + 1):
            left = self._slope(a, j) if weighted else self.known[a][j]
            terms.append(self.times(left, right[k - j]))
        return self._sum(terms)


class _Loops(_Orders):
    """Coefficients are in arrays on the stack, one for each real or imaginary part."""

    def __init__(self, builder, field, values, given, strong_zero: bool, order: int) -> None:
        super().__init__(builder, field, values, strong_zero)
        self.order, self._given = order, given
        self._arrays: dict[Expr, list] = {}
        #: `j` times coefficient `j`, of the arguments of rules
        self._slopes: dict[Expr, list] = {}
        for name, blocks in given.items():
            for k, entry in enumerate([values[name], *blocks]):
                self.put(name, _INDEX(k), entry)

    def run(self, steps) -> None:
        """Compute all coefficients."""
        for expression, step in steps:
            self.put(expression, _INDEX(0), self.values[expression])
            for argument, _ in step.curved:
                if argument not in self._slopes:
                    self._slopes[argument] = self._array(argument)
        for argument, blocks in self._given.items():
            if argument in self._slopes:
                for k, entry in enumerate(blocks, 1):
                    self._put_slope(argument, _INDEX(k), entry)
        with cgutils.for_range_slice(self.builder, _INDEX(1), _INDEX(self.order + 1), _INDEX(1)) as (k, _):
            for expression, step in steps:
                if not step.order:
                    continue
                with self.builder.if_then(self.builder.icmp_signed("<=", k, _INDEX(step.order))):
                    self.put(expression, k, self.coefficient(expression, step, k))

    def varies(self, expression: Expr) -> bool:
        return expression in self._arrays

    def at(self, expression: Expr, k):
        return self._load(self._arrays[expression], k) if expression in self._arrays else self.zero()

    def put(self, expression: Expr, k, entry) -> None:
        if expression not in self._arrays:
            self._arrays[expression] = self._array(expression)
        self._store(self._arrays[expression], k, entry)
        if expression in self._slopes:
            self._put_slope(expression, k, entry)

    def _put_slope(self, expression: Expr, k, entry) -> None:
        weight = self.builder.sitofp(k, _parts(entry)[0].type)
        parts = [self.builder.fmul(part, weight) for part in _parts(entry)]
        self._store(self._slopes[expression], k, parts if isinstance(entry, tuple) else parts[0])

    def over(self, entry, k):
        weight = self.builder.sitofp(k, _parts(entry)[0].type)
        parts = tuple(self.builder.fdiv(part, weight) for part in _parts(entry))
        return parts if isinstance(entry, tuple) else parts[0]

    def convolve(self, a: Expr, b: Expr, k, first: int = 1, weighted: bool = False):
        lefts, rights = (self._slopes if weighted else self._arrays)[a], self._arrays[b]
        total = [cgutils.alloca_once(self.builder, array.type.pointee) for array in lefts]
        self._store(total, None, self.zero())
        with cgutils.for_range_slice(self.builder, _INDEX(first), self.builder.add(k, _INDEX(1)), _INDEX(1)) as (j, _):
            term = self.times(self._load(lefts, j), self._load(rights, self.builder.sub(k, j)))
            self._store(total, None, self.field.add(self.builder, self._load(total, None), term))
        return self._load(total, None)

    def _array(self, expression: Expr):
        size = _INDEX(self.order + 1)
        return [cgutils.alloca_once(self.builder, part.type, size) for part in _parts(self.values[expression])]

    def _load(self, array, k):
        parts = tuple(self.builder.load(part if k is None else self.builder.gep(part, [k])) for part in array)
        return parts if len(parts) > 1 else parts[0]

    def _store(self, array, k, entry) -> None:
        for place, part in zip(array, _parts(entry), strict=True):
            self.builder.store(part, place if k is None else self.builder.gep(place, [k]))


def _parts(entry):
    return entry if isinstance(entry, (tuple, list)) else (entry,)


def _call_loops(partials, given, steps, wanted: Expr, order: int, strong_zero: bool) -> list:
    """`expand` in a function of its own, which takes values and coefficients and gives coefficients."""
    builder, field = partials.builder, partials.field
    values = {e: partials.emit(e) for e in dict.fromkeys((*given, *_read(steps)))}
    entries = [*(v for e, v in values.items() if not isinstance(e, Const)), *(b for bs in given.values() for b in bs)]
    passed = [part for entry in entries for part in _parts(entry)]
    width = len(_parts(values[wanted]))
    real = _parts(values[wanted])[0].type
    kind = ir.FunctionType(ir.LiteralStructType([real] * (order * width)), [part.type for part in passed])
    name = f"dualad.series.{_digest(kind, given, steps, wanted, strong_zero)}"
    function = builder.module.globals.get(name)
    if function is None:
        function = ir.Function(builder.module, kind, name)
        function.linkage = "internal"
        function.attributes.add("noinline")
        inner = ir.IRBuilder(function.append_basic_block("entry"))
        taken = iter(function.args)

        def entry_like(entry):
            return tuple(next(taken) for _ in entry) if isinstance(entry, tuple) else next(taken)

        inside = {e: v if isinstance(e, Const) else entry_like(v) for e, v in values.items()}
        coefficients = {name: [entry_like(block) for block in blocks] for name, blocks in given.items()}
        loops = _Loops(inner, field, inside, coefficients, strong_zero, order)
        loops.run(steps)
        result = ir.Constant(kind.return_type, ir.Undefined)
        for k in range(order):
            for i, part in enumerate(_parts(loops.at(wanted, _INDEX(k + 1)))):
                result = inner.insert_value(result, part, k * width + i)
        inner.ret(result)
    result = builder.call(function, passed)
    found = [builder.extract_value(result, i) for i in range(order * width)]
    if width == 1:
        return found
    return [tuple(found[i : i + width]) for i in range(0, len(found), width)]


def _digest(kind, given, steps, wanted: Expr, strong_zero: bool) -> str:
    """Tells one such function from all others."""
    described = [str(kind), str_of(wanted), str(strong_zero), *map(str_of, given)]
    for expression, step in steps:
        pairs = [part for pair in (*step.linear, None, *step.curved) for part in pair or (Const(0.0),)]
        by = () if step.by is None else (step.by,)
        described += [step.op, str(step.order), *map(str_of, (expression, *step.operands, *by, *pairs))]
    return hashlib.sha256("\n".join(described).encode()).hexdigest()[:32]
