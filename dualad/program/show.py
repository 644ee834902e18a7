"""A program as text, to read and to compare."""

from __future__ import annotations

from typing import Any

from .tree import Break, Const, Copy, If, Loop, Op, Program, Raise, Slice, Statement

__all__ = ["show"]


def show(program: Program) -> str:
    """The statements of a program, in the manner of Python."""
    lines = [f"def {program.name}({', '.join(map(_operand, program.parameters))}):"]
    lines += _block(program.body, 1)
    lines.append(f"    return {_operand(program.result)}")
    return "\n".join(lines)


def _block(statements: list[Statement], depth: int) -> list[str]:
    lines = [line for statement in statements for line in _statement(statement, depth)]
    return lines or ["    " * depth + "pass"]


def _statement(statement: Statement, depth: int) -> list[str]:
    pad = "    " * depth
    match statement:
        case Op(function, args, result, _, kwargs):
            given = [_operand(a) for a in args] + [f"{name}={_operand(a)}" for name, a in kwargs]
            call = f"{getattr(function, '__name__', None) or repr(function)}({', '.join(given)})"
            return [f"{pad}{result} = {call}" if result is not None else pad + call]
        case Copy(targets, sources):
            return [f"{pad}{', '.join(map(repr, targets))} <- {', '.join(map(_operand, sources))}"]
        case If(cond, then, orelse):
            lines = [f"{pad}if {_operand(cond)}:", *_block(then, depth + 1)]
            return lines + ([f"{pad}else:", *_block(orelse, depth + 1)] if orelse else [])
        case Loop(index, bounds, body, _, carried, breaks, mark):
            over = f"for {index} in range({', '.join(map(_operand, bounds))})" if bounds else "while True"
            over += f" checkpointed({', '.join(map(_operand, mark))})" if mark else ""
            notes = f"  # carries {', '.join(map(repr, carried))}" if carried else ""
            return [f"{pad}{over}:{notes}{'  # may break' if breaks else ''}", *_block(body, depth + 1)]
        case Break():
            return [f"{pad}break"]
        case Raise(kind, args):
            return [f"{pad}raise {getattr(kind, '__name__', kind)}({', '.join(map(_operand, args))})"]
    raise TypeError(f"not a statement: {statement!r}")


def _operand(argument: Any) -> str:
    if isinstance(argument, tuple):
        return f"({', '.join(map(_operand, argument))}{',' if len(argument) == 1 else ''})"
    if isinstance(argument, Slice):
        return ":".join("" if _is_none(p) else _operand(p) for p in (argument.start, argument.stop, argument.step))
    if isinstance(argument, Const) and not argument.name:
        return getattr(argument.value, "__name__", None) or repr(argument.value)
    return repr(argument)


def _is_none(part: Any) -> bool:
    return isinstance(part, Const) and part.value is None
