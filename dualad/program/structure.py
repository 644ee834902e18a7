"""From blocks to branches and loops.

The blocks of one loop, with its inner loops counted as one block each, form a graph without ways back. A block is written
where the ways to it part (behind its dominator): in the branch that alone leads to it, else after the branch. Where only
some of the ways go on to the next block, a flag that each way sets tells which.
"""

from __future__ import annotations

from typing import Any

from numba.core import types

from .graph import Block, Branch, Edge, Fail, For, Graph, Jump, reverse_postorder
from .level import BREAK, ON, Level
from .locate import Location
from .loops import LoopNest
from .tree import Break, If, Loop, Operand, Program, Statement, Var, operands, walk
from .ways import FALSE, TRUE, Raised, Stage, copy, flags_to, own_statements, place, raising, statement_reads

__all__ = ["structure"]


def structure(graph: Graph, loops: list[LoopNest]) -> Program:
    """The region tree of a graph."""
    order = reverse_postorder(graph.entry)
    body = Writer(Level(None, graph.entry, loops, order)).write(graph.entry, [], True)
    return Program(graph.name, graph.parameters, body, graph.result, graph.result_type, graph.filename)


class Writer:
    """Writes the blocks of one loop, or of the program outside of loops."""

    def __init__(self, level: Level) -> None:
        self.level, self.loop, self.joins = level, level.loop, level.joins
        self.exit_flags: list[Var] = []
        #: Variables that a loop hands out when it is exhausted, kept up with the carried ones of these positions.
        self.carried_too: list[tuple[Var, int]] = []

    # `frames` holds, for each block around that others follow, the stages that are still to come.

    def write(self, node: Block, frames: list[list[Stage]], tail: bool) -> list[Statement]:
        """The statements from a block on; with `tail`, nothing follows them at this level."""
        written: list[Statement] = []
        following: Block | None = node
        while following is not None:
            node, following = following, None
            joins = self.joins[node]
            if not joins:
                more, following = self._core(node, frames, tail)
                written += more
                continue
            stages, ends = self._stages(node, tail)
            more, _ = self._core(node, [*frames, [*stages, *ends]], False)
            written += more
            for k, stage in enumerate(stages):
                last = k == len(stages) - 1
                if stage.flag is None and last:
                    following = stage.target
                    break
                rest = [*stages[k + 1 :], *ends] if not last or not tail else []
                then = self.write(stage.target, [*frames, rest] if rest else frames, tail and last)
                if stage.flag is None:
                    written += then
                    continue
                orelse = self._finish([*ends], place(stage.target)) if last and tail else []
                written.append(If(stage.flag, then, orelse, place(stage.target)))
        return written

    def _stages(self, node: Block, tail: bool) -> tuple[list[Stage], list[Stage]]:
        """The blocks that follow a block, in order, and behind them the ends of the ways that go to none of them."""
        reach = set(self.level.core[node])
        stages = []
        for join in self.joins[node]:
            mixed = reach != {join}
            stages.append(Stage(join, self._flag() if mixed else None))
            others = reach - {join}
            reach = others | self.level.outs[join]
        ends: list[Stage] = []
        if tail and stages[-1].flag is not None:
            raised = [other.end for other in self.level.nodes if other.end in others]
            kinds = [*raised, *(end for end in (BREAK, ON) if end in others)]
            ends = [Stage(kind, self._flag() if k < len(kinds) - 1 else None) for k, kind in enumerate(kinds)]
            for stage in ends:
                if isinstance(stage.target, Fail):
                    stage.target = self._raised(stage.target)
        return stages, ends

    def _flag(self) -> Var:
        return Var("way", types.boolean, temporary=True)

    def _raised(self, end: Fail) -> Raised:
        made = {a: Var(a.name, a.type, a.temporary) for a in operands(end.args) if isinstance(a, Var)}
        return Raised(end, made)

    def _finish(self, ends: list[Stage], where: Location) -> list[Statement]:
        """The ends of the ways that go to none of the blocks that follow."""
        if not ends:
            return []
        stage, rest = ends[0], ends[1:]
        if stage.target is ON:
            own: list[Statement] = []
        elif stage.target is BREAK:
            own = [Break(where)]
        else:
            own = [raising(stage.target.block, stage.target.args)]
        if stage.flag is None:
            return own
        return [If(stage.flag, own, self._finish(rest, where), where)]

    def _core(self, node: Block, frames: list[list[Stage]], tail: bool) -> tuple[list[Statement], Block | None]:
        """The statements of a block and of what only it leads to; with the block to go on with, if there is one."""
        if node in self.level.inner:
            return self._loop(self.level.inner[node], frames, tail)
        written: list[Statement] = list(node.ops)
        match node.end:
            case Jump(edge, where):
                copies, following = self._way(edge, frames, tail, where)
                return written + copies, following
            case Branch(cond, then, orelse, where):
                arms = [self._arm(edge, frames, tail, where) for edge in (then, orelse)]
                written.append(If(cond, arms[0], arms[1], where))
            case Fail():
                written += self._fail(node.end, frames, tail)
        return written, None

    def _arm(self, edge: Edge, frames: list[list[Stage]], tail: bool, where: Location) -> list[Statement]:
        written, following = self._way(edge, frames, tail, where)
        return written if following is None else written + self.write(following, frames, tail)

    def _way(
        self, edge: Edge, frames: list[list[Stage]], tail: bool, where: Location
    ) -> tuple[list[Statement], Block | None]:
        """What happens on an edge; with its target where that is written next."""
        end = self.level.end_of(edge.target)
        pairs = list(zip(edge.target.params, edge.args, strict=True))
        if end is ON:
            pairs += [(variable, edge.args[k]) for variable, k in self.carried_too]
        if end is BREAK and self.loop is not None:
            pairs += flags_to(self.loop.exits, self.exit_flags, edge.target)
        if end in self.level.alone:
            return copy(pairs, where), end
        met = self._pass(end, frames, pairs)
        written = copy(pairs, where)
        if not met and end is BREAK:
            written.append(Break(where))
        return written, None

    def _fail(self, end: Fail, frames: list[list[Stage]], tail: bool) -> list[Statement]:
        pairs: list[tuple[Var, Operand]] = []
        met = self._pass(end, frames, pairs)
        return copy(pairs, end.where) if met else [raising(end, {})]

    def _pass(self, end: Any, frames: list[list[Stage]], pairs: list[tuple[Var, Operand]]) -> bool:
        """Set the flags on the way to a block, or to an end; whether a stage takes it."""
        for stages in reversed(frames):
            for stage in stages:
                raised = isinstance(stage.target, Raised) and stage.target.block is end
                found = stage.target is end or raised
                if stage.flag is not None:
                    pairs.append((stage.flag, TRUE if found else FALSE))
                if raised:
                    pairs += [(made, given) for given, made in stage.target.args.items()]
                if found:
                    return True
        return False

    def _loop(self, loop: LoopNest, frames: list[list[Stage]], tail: bool) -> tuple[list[Statement], Block | None]:
        """An inner loop and what only it leads to."""
        inside = Writer(Level(loop, loop.head, self.level.loops, self.level.order))
        inside.exit_flags = [self._flag() for _ in loop.exits[1:]]
        head, where = loop.head, loop.head.end.where  # type: ignore[union-attr]
        written: list[Statement] = []
        after: list[tuple[Var, Operand]] = []
        if isinstance(head.end, For):
            early, after = self._exhausted(loop, inside)
            written += copy(early, where)
            body = inside._arm(head.end.body, [], True, where)
            made = Loop(head.end.index, head.end.bounds, body, where, mark=head.end.mark)
        else:
            made = Loop(None, (), inside.write(head, [], True), where)
        made.breaks = any(
            isinstance(s, Break) for s in own_statements(body if isinstance(head.end, For) else made.body)
        )
        read = {operand for statement in walk(made.body) for operand in statement_reads(statement)}
        made.carried = [param for param in head.params if param in read]
        written.append(made)
        done = head.end.done.target if isinstance(head.end, For) else None
        arms = [
            (target, copy(after, where) if target is done else [], self.level.end_of(target)) for target in loop.exits
        ]
        return self._leave(written, arms, inside.exit_flags, frames, tail, where)

    def _leave(self, written, arms, flags, frames, tail, where):
        """What follows each exit of a loop, behind it."""
        if not arms:
            return written, None
        _, copies, end = arms[0]
        if len(arms) == 1:
            if end in self.level.alone:
                return written + copies, end
            pairs: list[tuple[Var, Operand]] = []
            met = self._pass(end, frames, pairs)
            return written + copies + copy(pairs, where) + ([] if met or end is not BREAK else [Break(where)]), None
        choices = []
        for arm in (arms[:1], arms[1:]):
            inside, following = self._leave([], arm, flags[1:] if arm is not arms[:1] else [], frames, tail, where)
            choices.append(inside if following is None else inside + self.write(following, frames, tail))
        return [*written, If(flags[0], choices[0], choices[1], where)], None

    def _exhausted(self, loop: LoopNest, inside: Writer) -> tuple[list[Any], list[Any]]:
        """What is assigned when a loop over a range is exhausted: before it, for ways out that differ, and behind it."""
        end = loop.head.end
        assert isinstance(end, For)
        pairs = [(p, a) for p, a in zip(end.done.target.params, end.done.args, strict=True) if p is not a]
        early: list[tuple[Var, Operand]] = flags_to(loop.exits, inside.exit_flags, end.done.target)
        if not any(
            edge.target is end.done.target for _, edge in loop.leaving(self.level.order) if edge is not end.done
        ):
            return early, pairs
        for param, operand in pairs:
            if operand in loop.head.params:
                inside.carried_too.append((param, loop.head.params.index(operand)))
            early.append((param, operand))
        return early, []
