"""Functions that other packages taught Numba by `@overload` or `@register_jitable`.

Such a function has no code of its own that a twin could be made of: its implementation is chosen by argument types, and
a choice made on the types of numbers with derivatives could be another one than the user's program takes. So the choice
is made on the plain types, and the twin is made of what is chosen.
"""

from __future__ import annotations

import inspect
from types import FunctionType

from numba import njit
from numba.core.registry import cpu_target
from numba.extending import overload

from .types import carries_duals, plain_type

#: Packages whose functions dualad knows, or that need no such care.
KNOWN = frozenset(("numpy", "numba", "math", "cmath", "builtins", "operator", "dualad"))

_stand_ins: dict[FunctionType, object] = {}


def is_foreign(value) -> bool:
    """Whether a global that is called is a Python function taught to Numba from outside."""
    return isinstance(value, FunctionType) and (value.__module__ or "").split(".")[0] not in KNOWN


def stand_in_for(function: FunctionType, twin_of):
    """What to call instead inside a twin, or None where Numba does not know the function."""
    if function not in _stand_ins:
        choosers = list(_choosers(function))
        if not choosers:
            return None
        if choosers[0].__name__ == "ov_wrap":  # register_jitable: the function is its own implementation
            _stand_ins[function] = twin_of(njit(function))
        else:
            _stand_ins[function] = _chosen_on_plain_types(function, choosers, twin_of)
    return _stand_ins[function]


def _choosers(function):
    context = cpu_target.typing_context
    context.refresh()
    known = context._lookup_global(function)
    for template in getattr(known, "templates", ()):
        if hasattr(template, "_overload_func"):
            yield template._overload_func


def _chosen_on_plain_types(function, choosers, twin_of):
    signature = inspect.signature(choosers[0])
    names = list(signature.parameters)
    namespace: dict = {"original": function}
    header = ", ".join(
        name if p.default is p.empty else f"{name}=default_{name}" for name, p in signature.parameters.items()
    )
    namespace.update({f"default_{n}": p.default for n, p in signature.parameters.items() if p.default is not p.empty})
    exec(f"def stand_in({header}): raise NotImplementedError\n", namespace)
    stand_in = namespace["stand_in"]
    stand_in.__module__ = __name__

    def choose(*args):
        if not any(map(carries_duals, args)):
            return _wrapper(header, names, namespace, function)
        for chooser in choosers:
            implementation = chooser(*map(plain_type, args))
            if implementation is not None:
                return _wrapper(header, names, namespace, twin_of(njit(implementation)))
        return None

    namespace["choose"] = choose
    exec(f"def chooser({header}):\n    return choose({', '.join(names)})\n", namespace)
    overload(stand_in, strict=False)(namespace["chooser"])
    cpu_target.typing_context.refresh()  # this very compilation needs it
    return stand_in


def _wrapper(header, names, namespace, target):
    scope = {**namespace, "target": target}
    exec(f"def call({header}):\n    return target({', '.join(names)})\n", scope)
    return scope["call"]
