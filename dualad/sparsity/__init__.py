"""Sparse Jacobians and Hessians: where the nonzeros are, and how few directions reveal them all.

Columns of a Jacobian that have no nonzero in a common row can be evaluated along one direction, and rows with none in a
common column in one reverse sweep. A *colouring* finds such groups. Nothing here knows a user's function. The files:

- `pattern`: where the nonzeros are, by columns;
- `conflicts`: which columns must not share a colour;
- `orderings`: in which order columns are coloured;
- `classes`: one colour after another instead of one column after another;
- `columns`: columns, or rows, of a Jacobian;
- `bidirectional`: columns and rows together, for a few dense rows and a few dense columns;
- `star`: a symmetric pattern, each pair of mirrored nonzeros read once;
- `degrees`: vertices sorted by a degree that falls;
- `words`: how index sets are written down;
- `detect`: patterns found by sweeps over index sets;
- `codes`: patterns checked by one sweep;
- `reading`: nonzeros in the order in which a sweep has them;
- `coloring`: what a colouring is, where each nonzero is read, and a check that it can be read there.

All of it is compiled by Numba when it is first called, and importing it costs nothing but the import.
"""
