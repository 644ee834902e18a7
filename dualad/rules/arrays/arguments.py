"""Names and defaults of the arguments of a call, as a text like `"a axis=None"`."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import dataclass
from typing import Any

from ...errors import RuleError

__all__ = ["REQUIRED", "RESULT", "Argument", "read_arguments"]

#: In place of a default: the argument must be given.
REQUIRED: Any = inspect.Parameter.empty

#: Names of results and their cotangents.
RESULT = re.compile(r"y(\d*)(_bar)?")


@dataclass(frozen=True)
class Argument:
    """An argument of a call: its name in the functions, its default, its keyword in NumPy."""

    name: str
    default: Any = REQUIRED
    keyword: str = ""


def read_arguments(name: str, text: str) -> tuple[Argument, ...]:
    """The arguments that a text like `"a axis=None"` names."""
    listed: list[Argument] = []
    for word in text.split():
        left, equals, default = word.partition("=")
        keyword, colon, alias = left.partition(":")
        argument = alias if colon else keyword
        reserved = RESULT.fullmatch(argument) or argument.endswith("_bar") or argument == "place"
        if not argument.isidentifier() or reserved or any(argument == other.name for other in listed):
            raise RuleError(f"{name}: `{argument}` in `{text}` cannot be the name of an argument")
        try:
            value = ast.literal_eval(default) if equals else REQUIRED
        except (SyntaxError, ValueError):
            raise RuleError(f"{name}: the default `{default}` in `{text}` is not a literal") from None
        listed.append(Argument(argument, value, keyword))
    return tuple(listed)
