"""Runs region trees in plain Python, one statement at a time, and holds them to what `dualad.program.tree` promises."""

import keyword
import operator

import numba as nb
import numpy as np
from numba import types

from dualad.program.tree import Break, Const, Copy, If, Loop, Op, Raise, Slice, Var, operands, walk


class Interpreter:
    """One run of a program."""

    def __init__(self, program):
        self.program = program
        self.values = {}
        self.spent = {}  # carried variables that have their next value already, each with its loop

    def run(self, *args):
        """The result for arguments."""
        for entry, value in zip(self.program.parameters, gathered(self.program.parameters, args), strict=True):
            self.bind(entry, value)
        assert self.block(self.program.body) is None
        return self.read(self.program.result)

    def bind(self, entry, value):
        if isinstance(entry, tuple):
            for part, v in zip(entry, value, strict=True):
                self.bind(part, v)
        elif isinstance(entry, Var):
            self.values[entry] = value

    def read(self, argument):
        """The value of an argument of an operation."""
        match argument:
            case tuple():
                return tuple(self.read(part) for part in argument)
            case Slice(start, stop, step):
                return slice(self.read(start), self.read(stop), self.read(step))
            case Const(value):
                return value
            case Var():
                assert argument not in self.spent, f"{argument} is read after its next value was assigned"
                assert argument in self.values, f"{argument} is read before it is assigned"
                return self.values[argument]
        raise AssertionError(f"not an operand: {argument!r}")

    def block(self, statements):
        """Run statements; "break" if they end with one."""
        for statement in statements:
            if self.statement(statement) == "break":
                return "break"
        return None

    def statement(self, statement):
        match statement:
            case Op(function, args, result, _, kwargs):
                value = function(*map(self.read, args), **{name: self.read(a) for name, a in kwargs})
                if result is not None:
                    self.values[result] = value
            case Copy(targets, sources):
                values = [self.read(source) for source in sources]
                for target, value in zip(targets, values, strict=True):
                    self.values[target] = value
                    if target in self.carried:
                        self.spent[target] = True
            case If(cond, then, orelse):
                return self.block(then if self.read(cond) else orelse)
            case Loop():
                self.loop(statement)
            case Break():
                return "break"
            case Raise(kind, args):
                raise kind(*map(self.read, args))
        return None

    carried = frozenset()

    def loop(self, loop):
        around, self.carried = self.carried, self.carried | set(loop.carried)
        for variable in loop.carried:
            self.spent.pop(variable, None)
        positions = range(*map(self.read, loop.bounds)) if loop.bounds else iter(int, 1)
        for position in positions:
            if loop.index is not None:
                self.values[loop.index] = position
            ended = self.block(loop.body) == "break"
            for variable in loop.carried:
                self.spent.pop(variable, None)
            if ended:
                break
        self.carried = around


def gathered(parameters, args):
    """Arguments with those for `*args` in a tuple, and None for each that is left out."""
    if parameters and isinstance(parameters[-1], tuple) and len(args) >= len(parameters):
        star = args[len(parameters) - 1 :]
        if not (len(star) == 1 and isinstance(star[0], tuple)):
            args = (*args[: len(parameters) - 1], star)
    return [*args, *[None] * (len(parameters) - len(args))]


def interpret(program, *args):
    """The result of a program, which is checked first."""
    check(program)
    return Interpreter(program).run(*args)


def check(program):
    """Assert what `tree` promises of every program."""
    variables = list(dict.fromkeys(_variables(program)))
    names = [v.name for v in variables]
    assert len(set(names)) == len(names), "two variables have one name"
    for name in names:
        assert name.isidentifier() and not keyword.iskeyword(name), name
    defined = [s.result for s in walk(program.body) if isinstance(s, Op) and s.result is not None]
    defined += [s.index for s in walk(program.body) if isinstance(s, Loop) and s.index is not None]
    copied = {t for s in walk(program.body) if isinstance(s, Copy) for t in s.targets}
    parameters = {v for entry in program.parameters for v in operands(entry) if isinstance(v, Var)}
    assert len(set(defined)) == len(defined), "a result is assigned twice"
    assert not (set(defined) | parameters) & copied, "a result is also copied into"
    assert not set(defined) & parameters
    for statement in walk(program.body):
        assert statement.where.filename, "a statement without place"
        _check_statement(statement)
    _check_ends(program.body, True, in_loop=False)


def _variables(program):
    for entry in program.parameters:
        yield from (v for v in operands(entry) if isinstance(v, Var))
    for statement in walk(program.body):
        for field in vars(statement).values():
            yield from _inside(field)


def _inside(field):
    if isinstance(field, Var):
        yield field
    elif isinstance(field, (tuple, list)):
        for part in field:
            yield from _inside(part)
    elif isinstance(field, Slice):
        yield from _inside((field.start, field.stop, field.step))


def _check_statement(statement):
    match statement:
        case Op(function, args, result):
            assert callable(function)
            for operand in operands(args):
                assert isinstance(operand, (Var, Const)), operand
                holds_tuple = isinstance(operand, Var) and isinstance(operand.type, types.BaseTuple)
                assert not holds_tuple or function in (operator.getitem, getattr), "a variable holds a tuple"
            assert result is None or not isinstance(result.type, types.Literal)
        case Copy(targets, sources):
            assert len(targets) == len(sources) == len(set(targets)) > 0
            for target, source in zip(targets, sources, strict=True):
                assert not isinstance(target.type, types.BaseTuple)
                if isinstance(target.type, types.Number) and source.type is not None:
                    assert target.type == types.unliteral(source.type), f"{target}: {target.type} <- {source.type}"
        case Loop(index, bounds):
            assert len(bounds) == (0 if index is None else 3)
            breaks = any(isinstance(s, Break) for s in _own(statement.body))
            assert statement.breaks == breaks


def _own(statements):
    for statement in statements:
        yield statement
        if isinstance(statement, If):
            yield from _own([*statement.then, *statement.orelse])


def _check_ends(statements, tail, in_loop):
    """`Break` and `Raise` stand where nothing follows before the end of the innermost loop."""
    for k, statement in enumerate(statements):
        last = tail and k == len(statements) - 1
        match statement:
            case If(_, then, orelse):
                _check_ends(then, last, in_loop)
                _check_ends(orelse, last, in_loop)
            case Loop():
                _check_ends(statement.body, True, in_loop=True)
            case Break():
                assert last and in_loop, "statements follow a break"
            case Raise():
                assert last, "statements follow a raise"


def type_of(value):
    """The Numba type of an argument; of a jitted version for a Python function."""
    if callable(value) and not isinstance(value, type) and not hasattr(value, "py_func"):
        value = nb.njit(value)
    return nb.typeof(value)


def assert_same(got, expected, rtol=1e-12):
    """Numbers, arrays and nested tuples of them are equal up to rounding."""
    if isinstance(expected, (tuple, list)):
        assert len(got) == len(expected)
        for g, e in zip(got, expected, strict=True):
            assert_same(g, e, rtol)
    elif expected is None:
        assert got is None
    elif isinstance(expected, (float, complex, int, np.ndarray, np.generic)):
        np.testing.assert_allclose(got, expected, rtol=rtol, atol=1e-300)
    else:
        assert got == expected
