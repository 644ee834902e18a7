"""Expressions: interning, simplification, text, and the calculus over them."""

import copy
import pickle

import pytest

from dualad.rules import RULES
from dualad.rules.calculus import differentiate, needs
from dualad.rules.evaluate import evaluate
from dualad.rules.expressions import Call, Const, Name, free_names, parse, str_of, substitute


def test_an_expression_exists_once():
    assert parse("x * sin(y) + 1") is parse("1 * (x * sin(y)) + 1.0")
    assert Const(0.0) is not Const(-0.0) and Const(float("nan")) is Const(-float("nan"))
    tree = parse("x if x < y and not y == 2 else -pow(x, y)")
    assert pickle.loads(pickle.dumps(tree)) is tree and copy.deepcopy(tree) is tree
    assert Call("add", (Name("x"), Name("y"))) is parse("x + y")


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("0 * x", "0"), ("x * 1", "x"), ("x + 0", "x"), ("0 - x", "-x"), ("x - 0", "x"), ("0 / x", "0"),
        ("x / 1", "x"), ("- -x", "x"), ("x + -y", "x - y"), ("x - -y", "x + y"), ("-x * y", "-(x * y)"),
        ("-x * -y", "x * y"), ("x + x", "2 * x"), ("3 * x - 2 * x", "x"), ("x - x", "0"),
        ("-x - x", "-2 * x"), ("x * 2", "2 * x"), ("2 * (3 * x)", "6 * x"), ("x * (3 * y)", "3 * (x * y)"),
        ("x - 1 - 1", "x - 2"), ("-x / y", "-(x / y)"), ("x**0", "1"), ("x**1", "x"),
        ("x**2", "x * x"), ("x**-1", "1 / x"),
        ("x**3", "x * x * x"), ("x**9", "pow(x, 9)"), ("pow(x, 0)", "1"), ("powi(x, 1)", "x"),
        ("x**y", "pow(x, y)"), ("2 * PI / PI", "2"), ("1 / 0", "1 / 0"), ("x if 1 < 2 else y", "x"),
        ("x if y < 0 else x", "x"), ("x if 1 < 2 and y < 0 else 0", "x if y < 0 else 0"),
        ("x if not 1 < 2 or y < 0 else 0", "x if y < 0 else 0"),
        ("1 if 0 <= x <= 1 else 0", "1 if 0 <= x and x <= 1 else 0"),
    ],
)  # fmt: skip
def test_simplification(text, simple):
    assert str_of(parse(text)) == simple


@pytest.mark.parametrize(
    "text",
    [
        "a - (b - c)", "a - b - c", "a / (b * c)", "a / b * c", "-(a + b) * c", "(a if b < c else d) + 1",
        "f(-x, y)", "a if b < c and (d > e or not f != g) else (h if i <= j else k)",
        "(a if b < c else d) if e >= 0 else 2.5e-300", "-INF * x", "x + NAN", "1 / (x * y)",
        "0.1 * x", "-x - y", "(x + y) * (x - y)", "-(x / y)",
    ],
)  # fmt: skip
def test_text_reads_back(text):
    assert parse(str_of(parse(text))) is parse(text)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_expression_of_the_table_reads_back(rule):
    expressions = [
        *rule.partials,
        *(d for _, d in rule.setup),
        *rule.second.values(),
        rule.derivative((0, 0, 0)),
    ]
    assert all(parse(str_of(e)) is e for e in expressions)


def test_substitution_is_simultaneous():
    assert substitute(parse("x - y"), {"x": Name("y"), "y": Name("x")}) is parse("y - x")
    assert substitute(parse("x if x < y else pow(x, y)"), {"y": Const(1.0)}) is Name("x")
    assert free_names(parse("a if b < c else f(d, 2)")) == set("abcd")


def test_second_partials_are_derived():
    """Where a line states none; with the total derivative of `r`, of nested calls and of setup names."""
    tan, gamma, div = RULES["tan"], RULES["gamma"], RULES["div"]
    assert str_of(tan.derivative((0, 0))) == "2 * (r * (1 + r * r))"
    assert str_of(differentiate(parse("r + d"), gamma, 0)) == "r * d + polygamma(1, x)"
    assert str_of(differentiate(parse("i"), div, 1)) == "-(i * i)"
    assert differentiate(parse("i"), div, 0) is Const(0.0)


def test_a_stated_second_partial_serves_all_higher_orders():
    tanh = RULES["tanh"]
    assert str_of(tanh.derivative((0, 0, 0))) == "-2 * (p * p + -2 * (r * (r * p)))"


def test_needs():
    """What reverse mode records: exp its result, log its argument, a sum nothing."""
    assert needs(RULES["exp"].partials[0]) == {"r"}
    assert needs(RULES["add"].partials[0]) == set()
    log, hypot = RULES["log"], RULES["hypot"]
    assert needs(log.partials[0]) == {"p"} and needs(log.partials[0], log) == {"x"}
    assert needs(hypot.partials[1], hypot) == {"y", "r"}


def test_evaluation_takes_only_the_chosen_branch():
    assert evaluate(parse("x if x > 0 else missing(x)"), {"x": 2.0}) == 2.0
    with pytest.raises(KeyError):
        evaluate(parse("x if x < 0 else missing(x)"), {"x": 2.0})
