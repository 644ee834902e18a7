"""Finance: a portfolio's terminal value by its weights, and option Greeks by Monte Carlo.

The portfolio is rebalanced every month; its terminal value is a product of monthly returns, so its gradient
and Hessian by the weights are known exactly. The Greeks are derivatives of a simulation with fixed random
numbers. Delta and vega come from the payoff itself. Gamma cannot: max(price - strike, 0) has a second
derivative of zero on every path, and so says a derivative of that program. With the expectation over the last
step taken in closed form (conditional Monte Carlo) the estimate is smooth, and its Hessian holds gamma, vanna
and volga. Black and Scholes say what they should be.
"""

import argparse
import math
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numba import njit

import dualad as ad

STRIKE, RATE, YEARS = 100.0, 0.02, 1.0


def terminal_value(weights, returns, month=21):
    """Value of 1 invested by weights, with daily returns of shape (days, assets), rebalanced every month."""
    value, holdings = 1.0, np.zeros(weights.size)
    for day in range(returns.shape[0]):
        if day % month == 0:
            holdings[:] = value * weights
        holdings *= 1.0 + returns[day]
        value = holdings.sum()
    return value


@njit
def normal(x):
    """Cumulative distribution of the standard normal."""
    return math.erfc(-x / math.sqrt(2)) / 2


@njit
def final_price(market, shocks, h):
    """Price of the stock after a path of log-normal steps; market = (spot, volatility)."""
    price = market[0]
    for shock in shocks:
        price *= math.exp((RATE - market[1] ** 2 / 2) * h + market[1] * math.sqrt(h) * shock)
    return price


def payoff(market, shocks):
    """Discounted mean payoff of a European call over paths of normal shocks, shape (paths, steps)."""
    total, h = 0.0, YEARS / shocks.shape[1]
    for path in range(shocks.shape[0]):
        total += max(final_price(market, shocks[path], h) - STRIKE, 0.0)
    return math.exp(-RATE * YEARS) * total / shocks.shape[0]


def smooth_payoff(market, shocks):
    """Like `payoff`, with the last step of each path replaced by the expectation over it."""
    total, h = 0.0, YEARS / shocks.shape[1]
    spread = market[1] * math.sqrt(h)
    for path in range(shocks.shape[0]):
        price = final_price(market, shocks[path, :-1], h) * math.exp(RATE * h)
        d = math.log(price / STRIKE) / spread + spread / 2
        total += price * normal(d) - STRIKE * normal(d - spread)
    return math.exp(-RATE * YEARS) * total / shocks.shape[0]


first_order = ad.grad(payoff)
second_order = ad.hessian(smooth_payoff)


def black_scholes(spot, volatility):
    """Delta, vega, gamma, vanna and volga of the call in closed form."""
    spread = volatility * math.sqrt(YEARS)
    d = (math.log(spot / STRIKE) + RATE * YEARS) / spread + spread / 2
    density = math.exp(-d * d / 2) / math.sqrt(2 * math.pi)
    vega, vanna = spot * density * math.sqrt(YEARS), -density * (d - spread) / volatility
    return normal(d), vega, density / spot / spread, vanna, vega * d * (d - spread) / volatility


def draw(volatility, shocks):
    """Delta and gamma against the spot price: simulated, and in closed form."""
    import matplotlib.pyplot as plt

    spots = np.linspace(60.0, 160.0, 41)
    markets = [np.array([spot, volatility]) for spot in spots]
    exact = np.array([black_scholes(spot, volatility) for spot in spots])
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    left.plot(spots, [first_order(market, shocks)[0] for market in markets], "o", ms=4, label="simulated")
    left.plot(spots, exact[:, 0], "k-", lw=1, label="Black-Scholes")
    left.set(xlabel="spot price", ylabel="delta")
    right.plot(spots, [second_order(market, shocks)[0, 0] for market in markets], "o", ms=4, label="simulated")
    right.plot(spots, exact[:, 2], "k-", lw=1, label="Black-Scholes")
    right.set(xlabel="spot price", ylabel="gamma")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/15_finance.png", dpi=150)
    print("picture: out/15_finance.png")


def main(quick: bool) -> None:
    random = np.random.default_rng(15)
    returns = random.normal(4e-4, 0.01, (252, 6))
    weights = random.dirichlet(np.ones(6))
    value, gradient, hessian = ad.value_grad_and_hessian(terminal_value)(weights, returns)
    growth = np.prod(1 + returns.reshape(12, 21, 6), axis=1)  # of each asset in each month
    share = growth / (growth @ weights)[:, None]
    exact = value * share.sum(axis=0)
    assert np.isclose(value, np.prod(growth @ weights), rtol=1e-12)
    assert np.allclose(gradient, exact, rtol=1e-12)
    assert np.allclose(hessian, np.outer(exact, exact) / value - value * share.T @ share, rtol=1e-11)
    print(f"portfolio: 1 grows to {value:.4f}; by each weight {np.round(gradient, 4)}, exact")

    batches, market = 16, np.array([105.0, 0.25])
    half = random.standard_normal((batches, 2000 if quick else 10_000, 13))
    shocks = np.concatenate([half, -half], axis=1)  # antithetic pairs
    first = np.array([first_order(market, batch) for batch in shocks])
    second = np.array([second_order(market, batch) for batch in shocks])
    estimates = np.column_stack([first, second[:, 0, 0], second[:, 0, 1], second[:, 1, 1]])
    mean, error = estimates.mean(axis=0), estimates.std(axis=0, ddof=1) / math.sqrt(batches)
    print("            Monte Carlo    its error  Black-Scholes")
    names = ("delta", "vega", "gamma", "vanna", "volga")
    for name, m, e, exact in zip(names, mean, error, black_scholes(*market), strict=True):
        print(f"{name:10}{m:13.5f}{e:13.5f}{exact:15.5f}")
        assert abs(m - exact) < 4 * e
        assert e < 0.1 * abs(exact)
    assert not ad.hessian(payoff)(market, shocks[0])[0, 0]
    print("gamma of the unsmoothed payoff, path by path: 0, the honest derivative of the wrong program")
    if find_spec("matplotlib"):
        draw(market[1], shocks[0])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer paths")
    main(parser.parse_args().quick)
