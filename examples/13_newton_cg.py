"""A soap film of 10 000 unknowns by Newton's method, without its Hessian: conjugate gradients on exact products.

The area of a surface over a grid is one loop over the cells. Newton's equations ask only for Hessian times vector, which
costs a few gradients whatever the number of unknowns, and are solved as accurately as the step deserves (Dembo, Eisenstat
and Steihaug, SIAM J. Numer. Anal. 19 (1982) 400-408). Over a square with the heights of Scherk's surface, log(cos y / cos x),
on its border, that is the minimum: heights and area approach it as the square of the mesh width.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path
from timeit import repeat

import numpy as np
from numba import njit
from scipy.sparse.linalg import spsolve

import dualad as ad

HALF = 1.3  # of the side of the square; Scherk's surface ends at pi / 2


@njit
def area(inner, border):
    """Of the surface through inner heights and those of the border, two triangles to a cell."""
    z = border.copy()
    for i, j in np.ndindex(inner.shape):
        z[i + 1, j + 1] = inner[i, j]
    total, h = 0.0, 2.0 * HALF / (z.shape[0] - 1)
    for i in range(z.shape[0] - 1):
        for j in range(z.shape[1] - 1):
            south, north = (z[i, j + 1] - z[i, j]) / h, (z[i + 1, j + 1] - z[i + 1, j]) / h
            west, east = (z[i + 1, j] - z[i, j]) / h, (z[i + 1, j + 1] - z[i, j + 1]) / h
            total += np.sqrt(1.0 + south * south + west * west) + np.sqrt(1.0 + north * north + east * east)
    return 0.5 * h * h * total


value_and_gradient = ad.value_and_grad(area, mode="reverse")
product = ad.hvp(area)
hessian = ad.hessian(area, sparsity="auto")


def newton_step(inner, border, gradient):
    """Conjugate gradients until the residual has shrunk as the gradient will; the step and the number of products."""
    size = np.linalg.norm(gradient)
    step, residual, direction, products = np.zeros_like(gradient), -gradient, -gradient, 0
    while np.linalg.norm(residual) > size * min(0.5, size):
        curved = product(inner, border, direction)
        length = np.vdot(residual, residual) / np.vdot(direction, curved)  # area is convex: no curvature is negative
        step += length * direction
        smaller = residual - length * curved
        direction = smaller + np.vdot(smaller, smaller) / np.vdot(residual, residual) * direction
        residual, products = smaller, products + 1
    return step, products


def factorised_step(inner, border, gradient):
    """Newton's step by a factorisation of the sparse Hessian."""
    return spsolve(hessian(inner, border), -gradient.ravel()).reshape(gradient.shape), 0


def minimise(border, newton_step=newton_step):
    """The surface of least area, from a flat one; with the numbers of steps and of products."""
    inner, steps, products = np.zeros((len(border) - 2,) * 2), 0, 0
    least, gradient = value_and_gradient(inner, border)
    while np.abs(gradient).max() > 1e-12:
        step, count = newton_step(inner, border, gradient)
        length, slope = 1.0, np.vdot(gradient, step)
        while area(inner + length * step, border) > least + 1e-4 * length * slope + 1e-14 * least:
            length /= 2.0
        inner = inner + length * step
        least, gradient = value_and_gradient(inner, border)
        steps, products = steps + 1, products + count
    return inner, least, steps, products


def draw(surface):
    """The film, seen from a corner."""
    import matplotlib.pyplot as plt

    axis = np.linspace(-HALF, HALF, len(surface))
    figure = plt.figure(figsize=(6, 5), layout="constrained")
    axes = figure.add_subplot(projection="3d")
    axes.plot_surface(*np.meshgrid(axis, axis), surface, cmap="viridis", rcount=100, ccount=100)
    axes.set(xlabel="x", ylabel="y", zlabel="height")
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/13_newton_cg.png", dpi=150)
    print("picture: out/13_newton_cg.png")


def main(quick: bool) -> None:
    nodes, weights = np.polynomial.legendre.leggauss(60)  # the area of Scherk's surface, by quadrature
    slopes = np.tan(HALF * nodes) ** 2
    exact_area = HALF**2 * weights @ np.sqrt(1.0 + slopes[:, None] + slopes) @ weights
    print("unknowns  steps  products  error of height  of area")
    errors = []
    for n in (15, 31) if quick else (25, 50, 100):
        axis = np.linspace(-HALF, HALF, n + 2)
        scherk = np.log(np.cos(axis)[:, None] / np.cos(axis))
        border = np.where(np.pad(np.zeros((n, n), bool), 1, constant_values=True), scherk, 0.0)
        inner, least, steps, products = minimise(border)
        errors.append([np.abs(inner - scherk[1:-1, 1:-1]).max(), abs(least - exact_area)])
        print(f"{inner.size:8}  {steps:5}  {products:8}  {errors[-1][0]:15.1e}  {errors[-1][1]:7.1e}")
    order = np.log2(np.divide(errors[-2], errors[-1]))
    print(f"order of the errors in the mesh width: {order[0]:.2f} and {order[1]:.2f}")
    assert np.all(np.abs(order - 2.0) < 0.2)

    calls = (lambda: value_and_gradient(inner, border)), (lambda: product(inner, border, inner))
    times = [min(repeat(call, number=5, repeat=9)) for call in calls]
    print(f"a product of the Hessian with a vector costs {times[1] / times[0]:.1f} gradients")
    factorised, _, steps, _ = minimise(border, factorised_step)
    colors = hessian.plan(inner, border).colors
    print(f"the sparse Hessian takes {colors} colours for {inner.size} columns: the same surface in {steps} steps")
    assert np.abs(factorised - inner).max() < 1e-9
    if find_spec("matplotlib"):
        border[1:-1, 1:-1] = inner
        draw(border)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="coarser grids")
    main(parser.parse_args().quick)
