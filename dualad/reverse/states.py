"""What is stored of a loop in blocks, and put back before a block is run again.

The state before a block is what its steps and those of later blocks read of what earlier ones have written: numbers that
the loop carries, the contents of arrays, and arrays that it carries by name, such as two buffers that change places. An
array of the last kind is brought back as a new array, so it must have no other name in the loop, unless the loop only
exchanges it for others (`exchanges.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from numba.core import types

from ..errors import UnsupportedError
from ..program.tree import Loop, Operand, Var, walk
from .exchanges import Exchange
from .live import Live
from .marks import Marked
from .memory import Memory, is_array, is_container
from .needs import Needs
from .places import Places, Region, reads
from .replay import is_refilled
from .rewritten import is_rewritten

__all__ = ["State", "find_states", "marked_around"]


@dataclass(eq=False)
class State:
    """What is stored of a loop.

    Attributes
    ----------
    numbers : list of Var
        Numbers that the loop carries.
    contents : list of Var
        Arrays whose contents are stored and put back.
    named : list of Var
        Arrays that the loop carries by name.
    exchanged : list of Var
        Arrays that change places, whose contents are put back once the names mean the same arrays again.
    exchange : Exchange or None
        How arrays change places.
    at_start : list of Var
        What else a single step carries and its reverse reads.
    again : Live
        What a block needs to be done again with records.
    advance : Live
        What a block needs to come to the next one.
    read : list of Var
        What else a block reads from outside.
    """

    again: Live
    advance: Live
    numbers: list[Var] = field(default_factory=list)
    contents: list[Var] = field(default_factory=list)
    named: list[Var] = field(default_factory=list)
    exchanged: list[Var] = field(default_factory=list)
    exchange: Exchange | None = None
    at_start: list[Var] = field(default_factory=list)
    read: list[Var] = field(default_factory=list)

    @property
    def arrays(self) -> list[Var]:
        """All arrays of the state."""
        return [*self.contents, *self.named, *self.exchanged]

    def wanted(self, marked: Marked) -> list[Var]:
        """What must be there before the loop."""
        options = [part for part in (marked.steps, *marked.inner.mark) if isinstance(part, Var)]
        exchanged = self.exchange.after if self.exchange is not None else ()
        return [*self.numbers, *self.arrays, *exchanged, *self.read, *options]

    def containers(self) -> list[Var]:
        """Arrays of which elements are read in a block."""
        return [part for part in (*self.arrays, *self.read) if is_container(part)]


def find_states(
    marked: Mapping[Loop, Marked],
    needs: Needs,
    contents: set[Operand],
    loops: Collection[Loop],
    contents_of: Callable[..., Iterable[Operand]],
) -> dict[Loop, State]:
    """For each loop in blocks, what is stored of it.

    Inner loops come first: what is read when one is run again, the blocks of the loop around have to leave.

    Parameters
    ----------
    marked : loops in blocks, inner ones first
    needs : Needs
        Takes in what has to be at hand in the reverse of a loop around.
    contents : containers of which the reverse sweep reads elements; takes in what is found on the way
    loops : loops that the reverse sweep runs through
    contents_of : callable
        Containers of which the reverse sweep reads elements by what `needs` says, `contents_of(needs, region)` in a region.
    """
    places = needs.places
    found: dict[Loop, State] = {}
    for loop, cut in marked.items():
        body = places.body_of[loop, True]
        within = [other for other in found if marked_around(other, marked, places) is loop]
        inside = [places.body_of[other, True] for other in within]

        def is_own(region: Region, body: Region = body, inside: list[Region] = inside) -> bool:
            return region.inside(body) and not any(region.inside(other) for other in inside)

        inner = [other for other in loops if other is not loop and places.region_of[other].inside(body)]
        recorded = [var for var in needs.kept if is_own(places.home[var])]
        recorded += [record.var for record in needs.records if is_own(places.body_of[record.loop, True])]
        recorded += needs.at_step.get(loop, ())
        for other in within:
            recorded += found[other].wanted(marked[other])
        inside_marked = [other for other in inner if other in marked]
        elements = set(contents_of(needs, body)) if cut.single else contents
        state = found[loop] = _find_state(cut, needs, recorded, elements, inner, inside_marked)
        state.at_start = [
            var
            for var in sorted(needs.at_step.get(loop, ()), key=lambda v: v.name)
            if var in loop.carried and (state.exchange is None or var not in state.exchange)
        ]
        if marked_around(loop, marked, places) is not None:
            needs.decide([(var, places.region_of[loop]) for var in (*state.contents, *state.read)])
            contents |= {*state.containers(), *contents_of()}
    return found


def marked_around(loop: Loop, marked: Mapping[Loop, Marked], places: Places) -> Loop | None:
    """The innermost loop in blocks around another one."""
    return next((outer for outer in places.region_of[loop].loops() if outer in marked), None)


def _find_state(
    marked: Marked,
    needs: Needs,
    recorded: Iterable[Operand],
    contents: Iterable[Operand],
    loops: list[Loop],
    inside_marked: list[Loop],
) -> State:
    """The state of a loop.

    Parameters
    ----------
    marked, needs
    recorded : operands that the reverse of a block reads
    contents : containers of which the reverse sweep reads elements
    loops : loops in a block that the reverse sweep runs through
    inside_marked : those of them that are cut in blocks
    """
    outer, places, memory = marked.outer, needs.places, needs.memory
    body = places.body_of[outer, True]
    exchange, exchanged = needs.exchanges.get(marked.inner), needs.exchanged(marked.inner)

    def refilled(var: Var) -> bool:
        """Whether no step reads what earlier ones have left in an array."""
        if is_rewritten(var, marked.inner, exchange, places, memory):
            return True
        return var not in exchanged and is_refilled(marked.inner, places, memory, var)

    during = needs.steps.get(outer, memory)
    recorded = [*recorded, *exchanged]
    again = Live(places, during, recorded, set(contents), loops, outer, carries=not marked.single, marked=inside_marked)
    changed = [target for store, target in memory.stores if _is_from(store, outer, places)]
    lives = [again]
    kept: dict[Var, None] = {}
    read: dict[Var, None] = {}
    while True:
        size = len(kept)
        for live in lives:
            for var in sorted(live.vars, key=lambda v: v.name):
                if places.home[var].inside(body):
                    continue
                if var in outer.carried and var not in exchanged:
                    kept[var] = None
                elif not is_container(var) or not live.reads_elements(var):
                    read[var] = None
                elif (var in exchanged or any(memory.may_alias(var, t) for t in changed)) and not refilled(var):
                    kept[var] = None
                else:
                    read[var] = None
        stored = [v for v in kept if is_container(v)]
        advance = Live(places, during, [*kept, *exchanged], stored, [], again=outer, carries=True)
        lives = [again, advance]
        if size == len(kept):
            break
    state = State(again, advance, exchange=exchange)
    for var in kept:
        if not is_container(var):
            state.numbers.append(var)
        elif var in exchanged:
            state.exchanged.append(var)
        elif var in outer.carried:
            state.named.append(var)
        else:
            state.contents.append(var)
    state.read = [var for var in read if var not in kept]
    _refuse_names(marked, state, places, memory)
    return state


def _is_from(store: Any, loop: Loop, places: Places) -> bool:
    """Whether a statement writes in a loop or after it: then memory is not as a block before found it."""
    return places.position[store] > places.position[loop]


def _refuse_names(marked: Marked, state: State, places: Places, memory: Memory) -> None:
    """Refuse arrays that the loop carries by name where something else in it means the same memory."""
    where = marked.inner.where.show()
    inside = list(walk(marked.outer.body))
    body = places.body_of[marked.outer, True]
    written = [target for store, target in memory.stores if places.region_of[store].inside(body)]
    accessed = {memory.origin(part): None for statement in inside for part in reads(statement) if is_container(part)}
    for var in state.named:
        if not any(memory.may_alias(var, target) for target in written):
            continue
        for other in accessed:
            if other is not var and memory.may_alias(var, other):
                raise UnsupportedError(
                    f"`{var.name}` in a checkpointed loop, together with `{other.name}`, which may be the same array",
                    "the array that a name means is restored as a new one, which the other name would not mean",
                    "use one name for each array in the loop, or copy one of them before it",
                    where,
                )
    for var in (*state.numbers, *(array for array in state.arrays)):
        kind = var.type.dtype if is_array(var) else var.type
        if not isinstance(kind, (types.Number, types.Boolean)) or (is_array(var) and not var.type.ndim):
            raise UnsupportedError(
                f"`{var.name}` of type {var.type} in a checkpointed loop",
                "it is not stored",
                "use numbers and arrays",
                where,
            )
