"""Where everything stands in a region tree: positions, enclosing regions, definitions and uses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..program.tree import Break, Copy, If, Loop, Op, Operand, Program, Raise, Statement, Var, operands

__all__ = ["Places", "Region", "reads", "writes"]


@dataclass(eq=False)
class Region:
    """A list of statements that is executed as a whole: the program, a branch, or the body of a loop.

    Attributes
    ----------
    owner : If, Loop or None
    parent : Region or None
    loop : Loop or None
        The innermost loop around, the owner included.
    """

    statements: list[Statement]
    owner: Statement | None
    parent: Region | None
    loop: Loop | None
    depth: int = 0
    ancestors: frozenset[int] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        above = self.parent.ancestors if self.parent else frozenset()
        self.ancestors = above | {id(self)}
        self.depth = self.parent.depth + 1 if self.parent else 0

    def inside(self, other: Region) -> bool:
        """Whether this region is `other` or lies in it."""
        return id(other) in self.ancestors

    def loops(self) -> Iterator[Loop]:
        """The loops around, innermost first."""
        region: Region | None = self
        while region is not None:
            if isinstance(region.owner, Loop):
                yield region.owner
            region = region.parent


def reads(statement: Statement) -> list[Operand]:
    """Operands that a statement itself reads, without those of statements inside it."""
    match statement:
        case Op(args=args, kwargs=kwargs):
            found = [part for argument in args for part in operands(argument)]
            return found + [part for _, argument in kwargs for part in operands(argument)]
        case Copy(sources=sources):
            return list(sources)
        case If(cond=cond):
            return [cond]
        case Loop(bounds=bounds):
            return list(bounds)
        case Raise(args=args):
            return [part for argument in args for part in operands(argument)]
    return []


def writes(statement: Statement) -> list[Var]:
    """Variables that a statement itself assigns."""
    match statement:
        case Op(result=Var() as result):
            return [result]
        case Copy(targets=targets):
            return list(targets)
        case Loop(index=Var() as index):
            return [index]
    return []


class Places:
    """Facts about a program that several analyses ask for.

    Attributes
    ----------
    region_of : dict of statement -> Region
        The region that a statement stands in.
    position : dict of statement -> int
        Order in the text.
    body_of : dict of (statement, way) -> Region
        Regions inside a statement: `(if, True)`, `(if, False)`, `(loop, True)`.
    definition : dict of Var -> statements that assign it
    home : dict of Var -> Region
        The innermost region that holds all definitions and uses of a variable that is joined, or the definition of another
        one. Parameters live in the outermost region.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.top = Region(program.body, None, None, None)
        self.region_of: dict[Statement, Region] = {}
        self.position: dict[Statement, int] = {}
        self.end: dict[Statement, int] = {}
        self.body_of: dict[tuple[Statement, bool], Region] = {}
        self.definition: dict[Var, list[Statement]] = {}
        self.uses: dict[Var, list[Statement]] = {}
        self.home: dict[Var, Region] = {}
        self.parameters: list[Var] = [p for p in operands(tuple(program.parameters)) if isinstance(p, Var)]
        self._visit(self.top)
        self._find_homes()

    def _visit(self, region: Region) -> None:
        for statement in region.statements:
            self.region_of[statement] = region
            self.position[statement] = len(self.position)
            for var in writes(statement):
                self.definition.setdefault(var, []).append(statement)
            for operand in reads(statement):
                if isinstance(operand, Var):
                    self.uses.setdefault(operand, []).append(statement)
            match statement:
                case If(then=then, orelse=orelse):
                    for way, statements in ((True, then), (False, orelse)):
                        inner = Region(statements, statement, region, region.loop)
                        self.body_of[statement, way] = inner
                        self._visit(inner)
                case Loop(body=body):
                    inner = Region(body, statement, region, statement)
                    self.body_of[statement, True] = inner
                    self._visit(inner)
            self.end[statement] = len(self.position) - 1

    def _find_homes(self) -> None:
        results = {part for part in operands(self.program.result) if isinstance(part, Var)}
        crossing: dict[Var, list[Region]] = {}
        for statement, region in self.region_of.items():
            if isinstance(statement, Loop):
                for var in statement.carried:
                    crossing.setdefault(var, []).append(region)
        for var in (*self.parameters, *self.definition):
            definitions = self.definition.get(var, [])
            if not definitions or var in self.parameters:
                self.home[var] = self.top
            elif self.is_joined(var):
                places = [self.region_of[s] for s in (*definitions, *self.uses.get(var, ()))]
                places += crossing.get(var, [])
                if var in results:
                    places.append(self.top)
                self.home[var] = _common(places)
            elif isinstance(definitions[0], Loop):
                self.home[var] = self.body_of[definitions[0], True]
            else:
                self.home[var] = self.region_of[definitions[0]]

    def is_joined(self, var: Var) -> bool:
        """Whether a variable is assigned by copies, on several ways."""
        return any(isinstance(s, Copy) for s in self.definition.get(var, ()))

    def child_holding(self, region: Region, statement: Statement) -> Statement:
        """The statement directly in `region` that is or holds `statement`."""
        while self.region_of[statement] is not region:
            owner = self.region_of[statement].owner
            assert owner is not None, "the statement is not inside the region"
            statement = owner
        return statement

    def common_loops(self, first: Statement, second: Statement) -> list[Loop]:
        """Loops around both statements."""
        around = set(map(id, self.region_of[first].loops()))
        return [loop for loop in self.region_of[second].loops() if id(loop) in around]


def _common(regions: list[Region]) -> Region:
    found = regions[0]
    for region in regions[1:]:
        while not region.inside(found):
            assert found.parent is not None
            found = found.parent
    return found


def is_end(statement: Statement) -> bool:
    """Whether nothing is executed after a statement in its region."""
    return isinstance(statement, (Break, Raise))
