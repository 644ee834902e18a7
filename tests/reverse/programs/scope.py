"""What a random program may name at a point: its floats, its integers with their ranges, its arrays with their shapes."""

from dataclasses import dataclass, field, replace

# Names that a generator of adjoints is likely to make up itself stand among the ordinary ones.
FLOATS = [
    "s",
    "t",
    "u",
    "v",
    "w",
    "acc",
    "total",
    "x_bar",
    "t1",
    "t_1",
    "rec",
    "result",
    "s_bar",
    "s_2",
    "value",
    "seed",
]
INTS = ["k", "m", "count", "stack", "top", "index", "k_1"]
LOOPS = ["i", "j", "l", "step", "trip", "i_1"]
ARRAYS = ["z", "b", "c", "work", "old", "new", "shadow", "a_bar", "z_1", "buffer", "out", "tape"]


@dataclass(frozen=True)
class Array:
    """A name bound to an array.

    Parameters
    ----------
    name : str
    shape : tuple of int
        Known while the program is written, so that no index leaves it.
    contiguous : bool
        Whether Numba types it as C-ordered; a name keeps one type.
    view : bool
        Whether it may cover a part of another name's memory, elements not aligned.
    """

    name: str
    shape: tuple[int, ...]
    contiguous: bool = True
    view: bool = False


@dataclass
class Scope:
    """Names that are certainly bound."""

    floats: list[str] = field(default_factory=list)
    ints: dict[str, tuple[int, int]] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)  # names that must keep their value: counters, captured values
    hidden: set[str] = field(default_factory=set)  # names bound somewhere: another type must not take them
    # whether, among the statements written so far at this level, none can leave early
    certain: bool = True
    defined: list[str] = field(default_factory=list)  # bound at this level before anything could leave it

    def inner(self):
        """The scope of a block: it sees everything, and what it binds is forgotten behind it."""
        return replace(
            self, floats=list(self.floats), ints=dict(self.ints), arrays=dict(self.arrays),
            frozen=set(self.frozen), certain=True, defined=[],
        )  # fmt: skip

    def add_float(self, name):
        self.hidden.add(name)
        if name not in self.floats:
            self.floats.append(name)
            if self.certain:
                self.defined.append(name)
        return name

    def add_int(self, name, low, high):
        """An integer that never leaves its range, wherever it is assigned: a loop's body is written only once."""
        self.hidden.add(name)
        self.ints[name] = (low, high)
        return name

    def add_array(self, name, shape, contiguous=True, view=False):
        """An array; whatever the name is bound to later has the same shape and type, and is a view only if it is."""
        self.hidden.add(name)
        self.arrays[name] = Array(name, tuple(shape), contiguous, view)
        return name

    def fresh(self, rng, pool):
        """A name of the pool that nothing has been bound to yet."""
        free = [name for name in pool if name not in self.hidden]
        name = rng.choice(free) if free else f"{pool[0]}{len(self.hidden)}"
        self.hidden.add(name)
        return name
