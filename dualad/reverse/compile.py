"""The adjoint of a function: the passes, in order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any

from numba.core import types

from ..errors import OutputError, UnsupportedError
from ..program import build
from ..program.linked import without_partials
from ..program.tree import Copy, If, Loop, Op, Operand, Program, Statement, Var, operands, walk
from .absorb import absorbed_operations
from .activity import Activity, float_leaves
from .additions import Additions
from .apart import forget_restrictions
from .assembly import Adjoint, assembled
from .backward import Backward, Flow
from .checkpoints import Checkpoints
from .code import Code, Names
from .complex_numbers import complex_numbers
from .cotangents import SharedMemory
from .disk import DiskCheckpoints, find_changed, refuse_on_disk
from .disk_calls import finished
from .elementwise import elementwise
from .exchanges import exchanges_of
from .forward import Forward
from .forwarding import forward_elements
from .hoist import hoist_invariants
from .implied import NotSingle, with_implied_marks
from .in_place import AllInPlace, InPlace, pairs_in_place
from .induction import closed_forms
from .infinite import strengthen
from .leads import Leads
from .lines import Lines
from .lists import list_operation, refuse_lists
from .live import Live, reads_contents
from .marks import Marked, cut_in_blocks, refuse_marked
from .memory import Memory, is_array, is_container, written
from .needs import Needs
from .pairs import Pairs
from .places import Places, Region, reads
from .primitives import linked_value, primitive_call
from .pullbacks import array_call, from_numbers
from .records import Records
from .recursion import recursive_call, refuse_effects
from .replay import replayed_loops
from .results import kept_outputs
from .rewrite import bind_arrays, names_of, spell_ellipses, split_choices
from .single_steps import has_single_steps
from .statements import Context, Reversal, increments, reversal
from .states import find_states, marked_around
from .stepwise import KeptSteps, SingleSteps
from .subscripts import Subscripts
from .tuples import tuple_member
from .units import Units, start, start_row
from .unroll import unroll

__all__ = ["Adjoint", "adjoint", "plain", "prepared"]

FINDERS = (
    primitive_call,
    linked_value,
    recursive_call,
    complex_numbers,
    tuple_member,
    list_operation,
    elementwise,
    from_numbers,
    array_call,
)


def adjoint(
    function: Callable[..., Any],
    arg_types: tuple[Any, ...],
    argnums: tuple[int, ...],
    out_argnums: tuple[int, ...] = (),
    seeded: bool = False,
    with_value: bool = True,
    units: Units | None = None,
    local: Callable[..., Any] | None = None,
) -> Adjoint:
    """Generate the adjoint of a function.

    Parameters
    ----------
    function : callable
        Python function or dispatcher.
    arg_types : tuple of numba types
        Types of all arguments.
    argnums : tuple of int
        Arguments to differentiate by.
    out_argnums : tuple of int
        Array arguments that hold the outputs when the function returns.
    seeded : bool
        Whether the cotangents of the outputs are given as further arguments; else the output is one real number and its
        cotangent 1.
    with_value : bool
        Whether the outputs come before the cotangents in the result.
    units : callable, optional
        For an adjoint that gives rows of the Jacobian, which takes the number of a row instead of cotangents: `units(type)`
        gives the function that makes the cotangent of an output, as `units.unit_row` does. With the outputs.
    local : callable, optional
        Which called functions are preaccumulated, as for `program.build`.

    Returns
    -------
    Adjoint

    Raises
    ------
    OutputError
        If an unseeded function does not return one real number.
    UnsupportedError
        If the function holds what cannot be differentiated in reverse mode.
    """
    program = prepared(function, arg_types, local)
    refuse_effects(program)
    unroll(program)
    forward_elements(program)
    hoist_invariants(program)
    closed_forms(program)
    given = argnums, out_argnums, seeded, with_value, units
    left_out: set[Var] = set()
    while (implied := with_implied_marks(program, left_out)) is not None:
        try:
            return _Compilation(implied, cut_in_blocks(implied), *given).adjoint()
        except NotSingle as loops:
            left_out |= loops.indices
        except UnsupportedError:
            break  # what is refused for good is refused again
    return _Compilation(program, cut_in_blocks(program), *given).adjoint()


def prepared(
    function: Callable[..., Any], arg_types: tuple[Any, ...], local: Callable[..., Any] | None = None
) -> Program:
    """The program of a function in the form that the analyses expect."""
    program = build(function, arg_types, local)
    forget_restrictions(program)
    if len(program.parameters) != len(arg_types):  # the last one is `*args`, which is called one by one
        program.parameters = [*program.parameters[:-1], *program.parameters[-1]]
    bind_arrays(program)
    split_choices(program)
    spell_ellipses(program)
    return program


def plain(program: Program) -> Callable[..., Any]:
    """A program as a Python function again, without derivatives: `function(*args)` gives one flat tuple.

    Parameters
    ----------
    program : Program
        In the form that `prepared` gives it; it is changed.

    Returns
    -------
    callable
    """
    compilation = _Compilation(program, [], (), (), seeded=True, with_value=True)
    compilation.seeded = False  # nothing is pulled back, so that there is nothing to seed
    return compilation.adjoint().function


class _Compilation:
    """One program on its way to its adjoint."""

    def __init__(
        self,
        program: Program,
        cut: list[Marked],
        argnums: tuple[int, ...],
        out_argnums: tuple[int, ...],
        seeded: bool,
        with_value: bool,
        units: Units | None = None,
    ) -> None:
        self.program, self.cut, self.seeded, self.with_value = program, cut, seeded, with_value
        self.units = units
        self.additions = Additions()
        self.pairs = Pairs()
        self.inputs = [leaf for i in argnums for leaf in float_leaves(program.parameters[i])]
        result = tuple(program.parameters[i] for i in out_argnums) if out_argnums else program.result
        self.outputs = list(operands(result))
        if not seeded and (len(self.outputs) != 1 or not isinstance(self.outputs[0].type, types.Float)):
            raise OutputError(f"`{program.name}` does not return one real float")

    def adjoint(self) -> Adjoint:
        while True:
            self._analyse()
            try:
                self._look_for_second_names()
                return self._generate()
            except SharedMemory as problem:
                if not self.pairs.widen(problem.var, self.memory):
                    raise
                self.pairs.insert(self.program, self.places, self.memory, names_of(self.program))
                self.pairs.carry(self.program)

    def _look_for_second_names(self) -> None:
        var = self.pairs.ambiguous(self.memory, self.places, self.active, self.outputs)
        if var is not None:
            raise SharedMemory(var, self.places.definition[var][0].where.show())

    def _analyse(self) -> None:
        while True:
            places = self.places = Places(self.program)
            self.pairs.settle(places)
            memory = self.memory = Memory(places)
            self.active = Activity(places, memory, self.inputs, self.outputs)
            refuse_lists(places, self.active, (*self.inputs, *self.outputs))
            self.reversals = self._reversals()
            if not self.additions.make(self.program, places, memory, self.reversals):
                break
        self.flow = Flow(places, memory, self.active, self.reversals)
        wanted = self._wanted()
        refuse_marked(self.cut, self.flow.reversed_)
        refuse_on_disk(self.program, [marked for marked in self.cut if self.flow.reversed_(marked.outer)])
        self.marked = {marked.outer: marked for marked in self.cut if self.flow.reversed_(marked.outer)}
        self._refuse_pairs()
        self.needs = self._needs(wanted)
        single = [m for m in self.marked.values() if has_single_steps(m, self.needs, wanted, self._contents, self.flow)]
        for marked in single:
            marked.join(names_of(self.program))
        if single:
            self._analyse()
            return
        others = [m for m in self.cut if m.implied and not (m.single and m.outer in self.marked)]
        if others:
            raise NotSingle({m.inner.index for m in others if m.inner.index is not None})
        self.refilled = replayed_loops(places, memory, self.needs.records, self.outputs, self.flow.reversed_)
        for loop in self.marked:
            self.refilled.pop(loop, None)
        if self.refilled and not self.pairs.shadow_of:
            self.needs = self._needs(wanted, self.refilled)
        self.names = Names(names_of(self.program))

    def _needs(self, wanted: list[tuple[Operand, Region]], replayed: Iterable[Loop] = ()) -> Needs:
        marked, loops = frozenset(self.marked), self.marked.values()
        exchanges = exchanges_of((m.inner for m in loops if m.may_exchange), self.places, self.memory)
        single = frozenset(m.outer for m in loops if m.single)
        needs = Needs(self.places, self.memory, marked.union(replayed), marked, exchanges, single)
        needs.decide(wanted)
        return needs

    def _refuse_pairs(self) -> None:
        """Refuse shadows that are made in the forward sweep and used in a loop that is run again."""
        for loop, marked in self.marked.items():
            for statement in walk(loop.body):
                for part in (*reads(statement), *written(statement)):
                    if part in self.pairs.shadow_of or self.memory.origin(part) in self.pairs.shadow_of:  # type: ignore[arg-type]
                        raise UnsupportedError(
                            f"`{part.name}` in a checkpointed loop, an array with two names of which one is written",  # type: ignore[union-attr]
                            "which name means which array would have to be stored",
                            "use one name for each array in the loop, or copy one of them before it",
                            marked.inner.where.show(),
                        )

    def _reversals(self) -> dict[Statement, Reversal]:
        absorbed = absorbed_operations(self.places, self.memory)
        context = Context(self.places, self.memory, self.active, absorbed, self.additions.saved)
        found: dict[Statement, Reversal] = increments(context)
        for statement in self.places.position:
            without_partials(statement, self.active.is_varied)
            if isinstance(statement, Op) and statement not in absorbed and statement not in found:
                how = reversal(statement, context, FINDERS)
                if how is not None:
                    found[statement] = how
        strengthen(found, self.places, self.memory)
        return found

    def _wanted(self) -> list[tuple[Operand, Region]]:
        """Values that the reverse sweep reads, each with the region that it is read in."""
        region_of = self.places.region_of
        shadows = self.pairs.shadow_of
        found: list[tuple[Operand, Region]] = [(shadows[v], self.places.top) for v in self.inputs if v in shadows]
        for out in self.outputs:
            if (
                is_array(out) and self.active(out) and self.memory.chain(out)
            ):  # its cotangent goes to the shadow of its origin
                found += self._shadow_needs(out, self.places.top)
        for op, how in self.reversals.items():
            found += [(need, region_of[op]) for need in how.needs()]
            for var in how.gives():
                if is_container(var):
                    found += self._shadow_needs(var, region_of[op])
            if isinstance(op, Op) and op.result in self.pairs.shadow_of:
                found.append((self.pairs.shadow_of[op.result], region_of[op]))  # type: ignore[index]
        for statement, region in region_of.items():
            if isinstance(statement, Copy):
                for _, source in self.flow.copies(statement):
                    if source is not None and is_container(source):
                        found += self._shadow_needs(source, region)
            if isinstance(statement, (If, Loop)) and self.flow.reversed_(statement):
                found += [
                    (part, region) for part in ([statement.cond] if isinstance(statement, If) else statement.bounds)
                ]
                for var in self.flow.crossing(statement):
                    if is_container(var):
                        found += self._zeros_needs(var, region)
        return found

    def _contents(self, needs: Needs | None = None, within: Region | None = None) -> set[Operand]:
        """Containers whose elements the reverse sweep reads, or the reverse of a region."""
        region_of, within = self.places.region_of, within or self.places.top
        needed = [part for op, how in self.reversals.items() if region_of[op].inside(within) for part in how.needs()]
        again = [op for r, ops in (needs or self.needs).recomputed.items() if r.inside(within) for op in ops]
        needed += [part for op in again if reads_contents(op) for part in reads(op)]
        found: set[Operand] = set(filter(is_container, needed))
        found.update(self.pairs.shadow_of.values())
        return found

    def _shadow_needs(self, var: Var, region: Region) -> list[tuple[Operand, Region]]:
        """What is read to reach the shadow of an array from that of its origin."""
        found = [
            (part, region) for op in self.memory.chain(var) for argument in op.args[1:] for part in operands(argument)
        ]
        return found + self._zeros_needs(self.memory.origin(var), region)

    def _zeros_needs(self, var: Var, region: Region) -> list[tuple[Operand, Region]]:
        """What is read to make a zero shadow, or to find the one that there is."""
        if var in self.pairs.shadow_of:
            return [(self.pairs.shadow_of[var], region)]
        shape = self.additions.shape_source(var, self.places)
        parts = [var] if shape is None else [part for argument in shape for part in operands(argument)]
        home = self.places.home[var]
        return [(part, region if self.places.is_joined(var) else home) for part in parts]

    def _generate(self) -> Adjoint:
        lines, names = Lines(), self.names
        places, memory, needs = self.places, self.memory, self.needs
        loops = [s for s in places.position if isinstance(s, Loop) and self.flow.reversed_(s)]
        contents = self._contents()
        lives, outer = self._lives_of_replays(loops, contents)
        states = find_states(self.marked, needs, contents, loops, self._contents)
        for loop, state in states.items():
            outer |= set(state.wanted(self.marked[loop]))
            contents.update(state.containers())
        subscripts = Subscripts(places)
        records = Records(places, needs, names, subscripts, loops)
        leads = Leads(places, memory)
        inside = [places.body_of[loop, True] for loop in needs.replayed]

        def belongs(var: Var) -> bool:
            return not any(places.home[var].inside(body) for body in inside)

        wanted: list[Operand] = [var for var in (*needs.kept, *(r.var for r in needs.records), *outer) if belongs(var)]
        if self.with_value:
            wanted += self.outputs
        here = [loop for loop in loops if not any(places.region_of[loop].inside(body) for body in inside)]
        if self.with_value:
            contents.update(self.outputs)
        live = Live(places, memory, wanted, contents, here, marked=self.marked)
        if self.units is not None:
            seeds = [names.fresh("row")]
        else:
            seeds = [names.fresh(f"{_name(out)}_bar") for out in self.outputs] if self.seeded else []

        def forward(live: Live, skipped: Collection[Var] = (), checkpoints: Any = None) -> Forward:
            given = lines, names, places, memory, needs, records, subscripts, live, leads
            return Forward(*given, outer, skipped, checkpoints)

        def again(loop: Loop, live: Live, skipped: Collection[Var] = ()) -> Callable[[], None]:
            def write() -> None:
                with records.replay(loop, lines):
                    forward(live, skipped, sweeps(loop, live)).region(places.body_of[loop, True])

            return write

        session = names.fresh("session") if any(marked.on_disk for marked in self.marked.values()) else ""
        checkpoints: dict[Loop, Checkpoints] = {}
        entries = {}
        for loop, state in states.items():
            marked = self.marked[loop]
            given = marked, state, names, places, records, leads, self._level(loop)
            if marked.on_disk:
                changed = find_changed(marked, state, places, memory, live.joined(state.again))
                outer |= changed.all
                on_disk = DiskCheckpoints(*given, changed, session, seeds)
                checkpoints[loop], entries[loop] = on_disk, partial(on_disk.before_reverse, lines)
            elif marked.single:
                pairs = pairs_in_place(state, loop, places, memory, names)
                if pairs:
                    in_steps: SingleSteps = (AllInPlace if marked.implied else InPlace)(pairs, *given)
                else:
                    in_steps = (KeptSteps if marked.implied else SingleSteps)(*given)
                checkpoints[loop], entries[loop] = in_steps, partial(in_steps.before_reverse, lines)
            else:
                checkpoints[loop] = Checkpoints(*given)

        def sweeps(around: Loop | None, live: Live) -> dict[Statement, Callable[[Forward], None]]:
            """What writes the plans and forward sweeps of checkpointed loops, of those next inside another one."""
            found: dict[Statement, Callable[[Forward], None]] = {}
            for loop in (loop for loop in checkpoints if marked_around(loop, self.marked, places) is around):
                found.update(checkpoints[loop].plans(lines))
                recorded = again(loop, live.joined(states[loop].again))
                found[loop] = self._forward_of(checkpoints[loop], lines, recorded)
            return found

        replays = {loop: again(loop, live, set(loop.carried)) for loop, live in lives.items()}
        for loop, state in states.items():
            plain = partial(forward(state.advance).region, places.body_of[loop, True])
            recorded = again(loop, state.again, loop.carried if self.marked[loop].single else ())
            replays[loop] = partial(checkpoints[loop].again, lines, plain, recorded)
        shadows = self.pairs.shadow_of
        backward = Backward(
            lines,
            names,
            places,
            memory,
            needs,
            records,
            subscripts,
            self.flow,
            leads,
            shadows,
            self.additions.lengths,
            replays,
            entries,
            # with another schedule it is another adjoint
            keeps_order=any(not marked.implied for marked in self.marked.values()),
        )
        if session:
            lines.add(f"{session} = 0")
        lines.comment("forward sweep")
        for sweep in checkpoints.values():
            sweep.watch.before(lines)
        forward(live, checkpoints=sweeps(None, live)).region(places.top)
        outputs = kept_outputs(self.outputs, needs, states, names, lines) if self.with_value else []
        lines.comment("reverse sweep")
        lines.at(None, False)
        ends = [(out, isinstance(out, Var) and self.active(out)) for out in self.outputs]
        if self.units is not None:
            start_row(backward.cotangents, ends, names, seeds[0], self.units)
        else:
            start(backward.cotangents, ends, seeds)
        backward.region(places.top)
        lines.at(None, False)
        results = outputs + [self._result(backward, leaf) for leaf in self.inputs]
        if session:
            lines.add(f"{names.of(finished)}({session})")
        lines.add(f"return ({', '.join(map(str, results))}{',' if len(results) == 1 else ''})")
        return self._finish(lines, seeds)

    def _lives_of_replays(self, loops: list[Loop], contents: set[Operand]) -> tuple[dict[Loop, Live], set[Var]]:
        """For each replayed loop what has to be done again, and all variables from outside that this reads.

        Of these, `contents` takes in the arrays whose elements it finds as the loop left them.
        """
        places, needs = self.places, self.needs
        lives, outer = {}, set()
        kept: set[Operand] = set()
        for loop in needs.replayed - needs.marked:
            body = places.body_of[loop, True]
            inner = [other for other in loops if other is not loop and places.region_of[other].inside(body)]
            own = [var for var in (*needs.kept, *(r.var for r in needs.records)) if places.home[var].inside(body)]
            lives[loop] = Live(places, self.memory, own, contents, inner, again=loop)
            read = sorted((v for v in lives[loop].vars if not places.home[v].inside(body)), key=lambda v: v.name)
            needs.decide([(var, body) for var in read if var in loop.carried])
            outer |= set(read) - set(loop.carried)
            found = [v for v in read if is_container(v) and lives[loop].reads_elements(v)]
            kept.update(v for v in found if not any(self.memory.may_alias(v, other) for other in self.refilled[loop]))
        contents |= kept
        return lives, outer

    def _level(self, loop: Loop) -> int:
        """How many checkpointed loops are around another one."""
        return sum(outer in self.marked for outer in self.places.region_of[loop].loops())

    def _forward_of(
        self, checkpoints: Checkpoints, lines: Lines, recorded: Callable[[], None]
    ) -> Callable[[Any], None]:
        body = self.places.body_of[checkpoints.marked.outer, True]
        return lambda writer: checkpoints.forward(lines, partial(writer.region, body), recorded)

    def _result(self, backward: Backward, leaf: Var) -> Code:
        cotangents = backward.cotangents
        if is_array(leaf):
            return cotangents.shadow(leaf) if self.active(leaf) else Code(f"np.zeros_like({leaf.name})")
        code = cotangents.take(leaf, 1)
        if code is None:
            return Code("0j" if isinstance(leaf.type, types.Complex) else "0.0")
        return code

    def _finish(self, lines: Lines, seeds: list[str]) -> Adjoint:
        on_disk = any(marked.on_disk for marked in self.marked.values())
        is_linear = all(how.is_linear for how in self.reversals.values())
        return Adjoint(*assembled(self.program, self.names, lines, seeds, bool(self.marked)), on_disk, is_linear)


def _name(operand: Operand) -> str:
    return operand.name if isinstance(operand, Var) else "result"
