"""How index sets are written down: rows of whole numbers, a bit for each member. Shared by those who run programs on them."""

__all__ = ["BITS", "LANES", "LANE_BITS"]

#: Whole numbers of a set, and bits used in each of them: as many as the shorter kind of float has.
LANES, LANE_BITS = 8, 32
BITS = LANES * LANE_BITS
