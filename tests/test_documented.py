"""Every public name has a full NumPy-style docstring, and every example in a docstring gives what it says."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import textwrap

import numpy as np
import pytest

import dualad as ad

SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
ENTRY = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: : .+)?$", re.MULTILINE)
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def sections(docstring: str) -> dict[str, str]:
    """Split a docstring at its underlined headings; the text above the first one is under the key ''."""
    pieces = SECTION.split(inspect.cleandoc(docstring))
    return {"": pieces[0], **dict(zip(pieces[1::2], pieces[2::2], strict=True))}


def entries(section: str) -> list[str]:
    """Names described in a Parameters or Raises section, in order."""
    return [name for names in ENTRY.findall(section) for name in names.split(", ")]


def parameters(function) -> list[str]:
    """Names of the parameters of a function as a docstring writes them."""
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    found = inspect.signature(function).parameters.values()
    return [stars.get(p.kind, "") + p.name for p in found if p.name not in ("self", "cls")]


def raised(function) -> set[str]:
    """Names of the exception classes that the body of a function raises itself."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    what = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    names = {ast.unparse(call.func).rpartition(".")[2] for call in what if isinstance(call, ast.Call)}
    return {name for name in names if name[0].isupper()}


def own_constructor(cls):
    """The `__init__` that a class of dualad defines, or None where it inherits one from elsewhere."""
    owner = next((c for c in cls.__mro__ if "__init__" in vars(c)), object)
    return owner.__init__ if owner.__module__.startswith("dualad") else None


def missing(thing, operator: bool = False) -> list[str]:
    """What the docstring of a function, class or module lacks; empty when it is full."""
    text = inspect.getdoc(thing) if not inspect.isclass(thing) else thing.__doc__
    if not text:
        return ["docstring"]
    found, lacking = sections(text), []
    summary = found[""].split("\n\n")[0]
    if not summary.strip().endswith("."):
        lacking.append("summary that is a sentence")
    function = own_constructor(thing) if inspect.isclass(thing) else thing
    if inspect.isroutine(function):
        if entries(found.get("Parameters", "")) != parameters(function):
            lacking.append(f"Parameters for {parameters(function)}")
        if lost := raised(function) - set(entries(found.get("Raises", ""))):
            lacking.append(f"Raises for {sorted(lost)}")
    if inspect.isroutine(thing) and inspect.signature(thing).return_annotation not in (None, "None"):
        lacking += [] if "Returns" in found else ["Returns"]
    if operator and "Examples" not in found:
        lacking.append("Examples")
    return lacking


def public():
    """Every public object with its name: modules, what they export, and public methods of classes."""
    for name in ad.__all__:
        yield from members(f"dualad.{name}", getattr(ad, name))
    # What operators return: its methods are public, its class is not, since nobody makes one directly.
    yield from list(members("derivative function", type(ad.grad(lambda x: x))))[1:]


def members(name: str, thing):
    """The object itself and what is public below it."""
    yield name, thing
    if inspect.ismodule(thing):
        for below in thing.__all__:
            yield from members(f"{name}.{below}", getattr(thing, below))
    elif inspect.isclass(thing):
        for below, value in vars(thing).items():
            if not below.startswith("_") and (inspect.isroutine(value) or isinstance(value, property)):
                yield f"{name}.{below}", value


PUBLIC = {name: thing for name, thing in public() if not isinstance(thing, str)}
MODULES = ["dualad", *(m.name for m in pkgutil.walk_packages(ad.__path__, "dualad."))]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_is_documented(name):
    thing = PUBLIC[name]
    operator = inspect.isfunction(thing) and name.count(".") == 1
    assert missing(thing, operator) == []


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_docstrings(name):
    module = importlib.import_module(name)
    assert module.__doc__ or module.__file__.endswith("__init__.py"), "a module says what it is for"
    result = doctest.testmod(module, extraglobs={"ad": ad, "np": np}, optionflags=OPTIONS)
    assert result.failed == 0


def test_dir_shows_what_is_public():
    assert set(ad.__all__) <= set(dir(ad))


def undocumented(x):
    return x


def without_parameters(x):
    """Return x."""
    return x


def wrong_names(x):
    """Return x.

    Parameters
    ----------
    y : float
        Not a parameter.

    Returns
    -------
    float
        The same.
    """
    return x


def without_raises(x: float) -> None:
    """Refuse x.

    Parameters
    ----------
    x : float
        Anything.
    """
    raise ValueError("no")


def full(x, *rest):
    """Return x.

    Parameters
    ----------
    x : float
        Anything.
    *rest : float
        Ignored.

    Returns
    -------
    float
        The same.

    Raises
    ------
    ValueError
        If x is negative.

    Examples
    --------
    >>> full(1.0)
    1.0
    """
    if x < 0:
        raise ValueError("negative")
    return x


def test_the_check_can_fail():
    assert missing(undocumented) == ["docstring"]
    assert missing(without_parameters) == ["Parameters for ['x']", "Returns"]
    assert missing(wrong_names) == ["Parameters for ['x']"]
    assert missing(without_raises) == ["Raises for ['ValueError']"]
    assert missing(full, operator=True) == []
    assert missing(without_raises, operator=True)[-1] == "Examples"
