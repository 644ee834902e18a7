"""Colouring of sparse patterns of 10^5 columns, beside SciPy's grouping of columns."""

import numpy as np

from benchmarks import peers
from benchmarks.harness import Candidate, Target, Workload, timed_calls

#: Seconds for a pattern of 10^5 columns with a handful of nonzeros in each.
LIMIT = 0.3


def neighbours(points: int, fields: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the nonzeros of a reaction on points x points, one field stored after the other."""
    point = np.arange(points * points).reshape(points, points)
    below, right = (point[1:].ravel(), point[:-1].ravel()), (point[:, 1:].ravel(), point[:, :-1].ravel())
    pairs = [below, below[::-1], right, right[::-1]]
    rows = [i + field * point.size for field in range(fields) for i, _ in pairs]
    columns = [j + field * point.size for field in range(fields) for _, j in pairs]
    for field in range(fields):
        for other in range(fields):
            rows.append(point.ravel() + field * point.size)
            columns.append(point.ravel() + other * point.size)
    return np.concatenate(rows), np.concatenate(columns)


def arrow(size: int) -> tuple[np.ndarray, np.ndarray]:
    """A full row, a full column, the diagonal and its neighbours."""
    line, zero = np.arange(size), np.zeros(size, int)
    rows = (line, zero, line, line[1:], line[:-1])
    return np.concatenate(rows), np.concatenate((zero, line, line, line[:-1], line[1:]))


def matrix(rows: np.ndarray, columns: np.ndarray):
    """A symmetric matrix with different values."""
    size = int(rows.max()) + 1
    values = 1.0 + np.minimum(rows, columns) + np.maximum(rows, columns) / size
    sparse = peers.load("scipy.sparse").csc_matrix((values, (rows, columns)), (size, size))
    sparse.sum_duplicates()
    sparse.sort_indices()
    return sparse


def compressed(sparse, colors: np.ndarray, count: int) -> np.ndarray:
    """The columns of each colour summed."""
    seeds = peers.load("scipy.sparse").csc_matrix(
        (np.ones((colors >= 0).sum()), (np.flatnonzero(colors >= 0), colors[colors >= 0])), (colors.size, count)
    )
    return (sparse @ seeds).toarray()


def dualad(sparse, kind: str, *options) -> Candidate:
    from dualad.sparsity import bidirectional, columns, star
    from dualad.sparsity.coloring import recover
    from dualad.sparsity.pattern import from_matrix

    color = {
        "columns": columns.column_coloring,
        "both": bidirectional.bidirectional_coloring,
        "star": star.star_coloring,
    }[kind]
    pattern = from_matrix(sparse)

    def result():
        found = color(pattern, *options)
        forward = compressed(sparse, found.column_colors, found.column_count)
        reverse = compressed(sparse.T.tocsc(), found.row_colors, found.row_count).T
        data = np.empty(sparse.nnz)
        recover(found, forward, np.ascontiguousarray(reverse), data)
        return data

    return Candidate(result, timed_calls(lambda: color(pattern, *options)), expected=sparse.data)


def scipy(sparse) -> Candidate:
    group = peers.load("scipy.optimize._numdiff").group_columns

    def result():
        groups = group(sparse)
        return compressed(sparse, groups, groups.max() + 1)[sparse.indices, np.repeat(groups, np.diff(sparse.indptr))]

    return Candidate(result, timed_calls(lambda: group(sparse)), expected=sparse.data)


def workload(name: str, what: str, rows: np.ndarray, columns: np.ndarray, candidates: dict, limited: str) -> Workload:
    return Workload(
        f"coloring/{name}",
        what,
        {key: (lambda make=make: make(matrix(rows, columns))) for key, make in candidates.items()},
        baseline=next(iter(candidates)),
        targets=(Target(limited, seconds=LIMIT),),
        tolerance=1e-12,
        quick=name == "brusselator",
    )


def workloads() -> list[Workload]:
    natural, best = 0, 3  # of dualad.sparsity.orderings, which is imported where it is used
    stencils = {
        "SciPy group_columns": scipy,
        "columns, natural order": lambda sparse: dualad(sparse, "columns", natural),
        "columns, best": lambda sparse: dualad(sparse, "columns", best),
        "columns and rows": lambda sparse: dualad(sparse, "both", best, 1.0, 2.0),
        "star, natural order": lambda sparse: dualad(sparse, "star", natural),
        "star, best": lambda sparse: dualad(sparse, "star", best),
    }
    full = {key: stencils[key] for key in ("columns and rows", "star, best")}
    return [
        workload("brusselator", "two fields on 224 x 224 points", *neighbours(224, 2), stencils, "columns, best"),
        workload("five-point", "stencil on 316 x 316 points", *neighbours(316), stencils, "columns, best"),
        workload("arrow", "10^5 columns, one of them and one row full", *arrow(100_000), full, "columns and rows"),
    ]
