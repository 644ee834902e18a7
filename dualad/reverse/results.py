"""The outputs as the forward sweep leaves them: the reverse sweep gives names their earlier meanings again."""

from __future__ import annotations

from collections.abc import Mapping

from ..program.tree import Loop, Operand, Var
from .code import Code, Names
from .lines import Lines
from .memory import is_array
from .needs import Needs
from .partials import operand_code
from .states import State

__all__ = ["kept_outputs"]


def kept_outputs(
    outputs: list[Operand], needs: Needs, states: Mapping[Loop, State], names: Names, lines: Lines
) -> list[Code]:
    """Expressions of the outputs that hold until the end, with lines that keep those which would not.

    An array is copied where loops that are run again change what is in it.
    """
    places, memory = needs.places, needs.memory
    bodies = [places.body_of[loop, True] for loop in states]
    written = [target for at, target in memory.stores if any(places.region_of[at].inside(body) for body in bodies)]
    written += [
        array for state in states.values() for array in (*state.contents, *state.exchanged)
    ]  # put back before steps are run again
    changed = frozenset().union(*(memory.roots.get(target, frozenset()) for target in written))
    assigned = _assigned_again(needs)
    found = []
    for out in outputs:
        code = operand_code(out, names)
        if is_array(out) and memory.roots.get(out, frozenset()) & changed:
            code = Code(f"{code}.copy()")
        elif out not in assigned:
            found.append(code)
            continue
        kept = names.fresh(f"{out.name if isinstance(out, Var) else 'result'}_result")
        lines.add(f"{kept} = {code}")
        found.append(Code(kept))
    return found


def _assigned_again(needs: Needs) -> set[Operand | None]:
    """Variables that the reverse sweep gives values."""
    places = needs.places
    found: set[Operand | None] = {record.var for record in needs.records}
    found.update(op.result for ops in needs.recomputed.values() for op in ops)
    bodies = [places.body_of[loop, True] for loop in needs.replayed]
    for var, sites in places.definition.items():
        if any(isinstance(s, Loop) or any(places.region_of[s].inside(body) for body in bodies) for s in sites):
            found.add(var)
    return found
