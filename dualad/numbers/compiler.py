"""Compiles the *twin* of a function: the same Python function, on numbers that carry derivatives.

The pipeline is Numba's own, where generated functions are put into their callers (see `pipeline`), with three passes before
type inference:

1. `swap`       every function called is replaced by its twin
2. `promote`    buffers that receive derivatives become arrays of numbers, repeated until nothing conflicts; products
                with singular results become strong ones (see `singular`)
3. Numba        type inference, array expressions, lowering; after inference a look at calls in cycles (see `recursion`)
"""

from __future__ import annotations

import threading
import weakref
from collections import deque

from numba.core import errors as numba_errors
from numba.core import sigutils, typeinfer, types
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, PassManager, register_pass
from numba.core.dispatcher import Dispatcher, _FunctionCompiler
from numba.core.ir_utils import build_definitions
from numba.core.registry import CPUDispatcher
from numba.core.typing.templates import make_concrete_template, signature
from numba.core.untyped_passes import IRProcessing

from ..errors import DualadError, UnsupportedError
from ..pipeline.splicing import Splice
from ..program.locate import Location
from . import registration
from .promotion import Promotion, PromotionRequest
from .recursion import CheckRecursion
from .stale import refuse_stale_parts
from .swap import swap
from .types import DualType, carries_duals, dual_type, in_words, levels_in, lifted_type, plain_type

#: A conflict promotes at least one origin per round, so this many rounds mean that something goes in circles.
_MOST_ROUNDS = 50


@register_pass(mutates_CFG=False, analysis_only=False)
class SwapFunctions(FunctionPass):
    """Pass 1."""

    _name = "dualad_swap_functions"

    def __init__(self):
        FunctionPass.__init__(self)

    def run_pass(self, state):
        swap(state.func_ir, state.args, twin_of)
        state.func_ir._definitions = build_definitions(state.func_ir.blocks)
        return True


@register_pass(mutates_CFG=False, analysis_only=False)
class PromoteBuffers(FunctionPass):
    """Pass 2."""

    _name = "dualad_promote_buffers"

    def __init__(self):
        FunctionPass.__init__(self)

    def run_pass(self, state):
        from .singular import strengthen  # reads the rule table, which a process that only loads code can do without

        for _ in range(_MOST_ROUNDS):
            types_, failed = _partial_types(state)
            promotion = Promotion(state.func_ir, state.args, lambda v, types_=types_: types_.get(v.name), _requests_of)
            again = promotion.run()
            if promotion.arguments:
                raise PromotionRequest(state.func_id.func_name, promotion.arguments)
            if not again and not (failed and promotion.lift_starts()):
                refuse_stale_parts(state.func_ir, promotion.origins, promotion.type_of)
                strengthen(state.func_ir, promotion.origins, promotion.type_of)
                return True
            state.func_ir._definitions = build_definitions(state.func_ir.blocks)
        raise numba_errors.CompilerError("the promotion of buffers does not come to an end")


def _partial_types(state) -> tuple[dict[str, types.Type], bool]:
    """Types of the variables as far as Numba can infer them, and whether anything failed; that is left out."""
    infer = typeinfer.TypeInferer(state.typingctx, state.func_ir, numba_errors.WarningsFixer(numba_errors.NumbaWarning))
    frame = state.typingctx.callstack.register(state.targetctx.target, infer, state.func_id, state.args)
    with frame:
        for index, (name, type_) in enumerate(zip(state.func_ir.arg_names, state.args, strict=True)):
            infer.seed_argument(name, index, type_)
        infer.build_constraint()
        failures = infer.propagate(raise_errors=False)
    return {name: var.type for name, var in infer.typevars.items() if var.defined}, bool(failures)


def _requests_of(dispatcher, arguments, keywords):
    """What a twin asked to be promoted when it was compiled for these arguments."""
    if not isinstance(dispatcher, TwinDispatcher):
        return {}
    try:
        _, folded = dispatcher._compiler.fold_argument_types(arguments, keywords)
    except TypeError:
        return {}
    return dispatcher.requests.get(tuple(map(types.unliteral, folded)), {})


class TwinCompiler(CompilerBase):
    """Numba's nopython pipeline with the passes of this package."""

    def define_pipelines(self):
        state = self.state
        manager = PassManager("dualad_twin")
        manager.passes.extend(DefaultPassBuilder.define_untyped_pipeline(state).passes)
        manager.add_pass_after(Splice, IRProcessing)
        manager.add_pass(SwapFunctions, "replace called functions by their twins")
        manager.add_pass(PromoteBuffers, "make buffers carry derivatives")
        inference, *rest = DefaultPassBuilder.define_typed_pipeline(state).passes
        manager.passes.append(inference)
        manager.add_pass(CheckRecursion, "what calls in a cycle were taken to return")
        manager.passes.extend(rest)
        manager.passes.extend(DefaultPassBuilder.define_nopython_lowering_pipeline(state).passes)
        manager.finalize()
        return [manager]


class TwinFunctionCompiler(_FunctionCompiler):
    """Compiles twins as LLVM modules only: they are linked into the drivers that call them, never called from Python."""

    def fold_argument_types(self, args, kws):
        pysig, folded = super().fold_argument_types(args, kws)
        return pysig, tuple(map(_same_members, folded))

    def _compile_core(self, args, return_type):
        registration.ensure()
        return super()._compile_core(args, return_type)

    def _customize_flags(self, flags):
        flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        return flags


class TwinDispatcher(CPUDispatcher):
    """A jitted function that knows how to be compiled for numbers that carry derivatives.

    Parameters
    ----------
    py_func : function
    original : numba Dispatcher or None
        Serves calls whose arguments carry no derivatives, so that they run the user's own code.
    targetoptions : dict, optional
        Options of Numba.
    """

    def __init__(self, py_func, original=None, targetoptions=None):
        options = {"nopython": True, "error_model": "numpy", "nogil": False, "boundscheck": None}
        options.update(targetoptions or {})
        super().__init__(py_func, targetoptions=options, pipeline_class=TwinCompiler)
        self._compiler = TwinFunctionCompiler(py_func, self.targetdescr, options, self.locals, TwinCompiler)
        self.original = original
        self.stamp = None
        #: {argument types: {argument index: levels}} of compilations that asked for promoted arguments
        self.requests: dict = {}

    def __dualad_fingerprint__(self):
        """What its code depends on, for the disk cache."""
        return self.py_func, tuple(sorted(self.targetoptions.items()))

    def _is_inactive(self, args, kws) -> bool:
        given = [*args, *kws.values()]
        return self.original is not None and not any(map(carries_duals, given))

    def get_call_template(self, args, kws):
        if self._is_inactive(args, kws):
            return self.original.get_call_template(args, kws)
        formals = self._declared(args, kws)
        if formals is not None:
            return self._declared_template(formals, args, kws)
        try:
            # one compilation for all values of a constant argument, as Numba does it
            plain = {name: types.unliteral(kind) for name, kind in kws.items()}
            return super().get_call_template(tuple(map(types.unliteral, args)), plain)
        except numba_errors.ForceLiteralArg:
            return super().get_call_template(args, kws)

    def _declared(self, args, kws):
        """The explicit signature that Numba would choose for the primals, or None where there is none."""
        if self.original is None or self.original._can_compile:
            return None
        template, _, folded, _ = self.original.get_call_template(
            tuple(map(plain_type, args)), {name: plain_type(kind) for name, kind in kws.items()}
        )
        return self.typingctx.resolve_overload(self.py_func, template.cases, folded, {})

    def _declared_template(self, formals, args, kws):
        """A call converts its arguments to the declared types and the result to the declared result."""
        pysig, args = self._compiler.fold_argument_types(args, kws)
        wanted = tuple(_declared_type(kind, formal) for kind, formal in zip(args, formals.args, strict=True))
        levels = levels_in(wanted)
        result = formals.return_type
        if isinstance(result, (types.Float, types.Complex)):
            result = dual_type(result, levels)
            self.compile(signature(result, *wanted))
        else:
            self.compile(wanted)
        name = self.py_func.__name__
        template = make_concrete_template(f"CallTemplate({name})", name, [self.overloads[wanted].signature])
        return template, pysig, args, {}

    def get_overload(self, sig):
        args, _ = sigutils.normalize_signature(sig)
        if self._is_inactive(args, {}):
            return self.original.get_overload(sig)
        return super().get_overload(sig)

    def add_overload(self, cres):
        if cres.entry_point is not None:
            super().add_overload(cres)
            return
        # Numba finds the code of a callee by its entry point; any unique object will do
        key = _Entry()
        self.targetctx.insert_user_function(key, cres.fndesc, [cres.library])
        self.overloads[tuple(cres.signature.args)] = cres._replace(entry_point=key)

    def compile(self, sig):
        try:
            return super().compile(sig)
        except PromotionRequest as request:
            args, _ = sigutils.normalize_signature(sig)
            self.requests[tuple(map(types.unliteral, args))] = request.levels
            raise
        except (DualadError, numba_errors.NumbaError):
            raise
        except _INTERNAL as error:
            raise UnsupportedError(
                f"`{self.py_func.__name__}`",
                f"Numba fails on it, for numbers that carry derivatives, with {type(error).__name__}: {in_words(str(error))}",
                "use an operation listed as differentiable in docs/limits.md, or give the function a rule of its own",
                Location.of_function(self.py_func).show(),
            ) from error


def _same_members(type_):
    """`*args` of equal floats can be looped over: they keep that if all of them carry the same levels."""
    if not isinstance(type_, (types.StarArgTuple, types.StarArgUniTuple)) or not carries_duals(type_):
        return type_
    if len({plain_type(member) for member in type_.types}) != 1:
        return type_
    return types.StarArgTuple([lifted_type(types.unliteral(m), levels_in([type_])) for m in type_.types])


def _declared_type(actual, formal):
    """Type that an argument is converted to by a declared signature."""
    if not carries_duals(actual):
        return formal if isinstance(formal, types.Number) else actual
    if isinstance(actual, DualType):
        if isinstance(formal, (types.Float, types.Complex)):
            return dual_type(formal, actual.levels)
        raise UnsupportedError(
            f"a call that converts a value which carries derivatives to {formal}",
            "the signature declared by @njit rounds the argument, so its derivative would be lost without a word",
            "declare a float, or leave the signature out",
        )
    return actual


#: What Numba raises where a type or a construct is new to it, besides its own errors.
_INTERNAL = (AssertionError, AttributeError, IndexError, KeyError, NotImplementedError, TypeError, ValueError)


class _Entry:
    """Stands for the entry point of code that has none in this process."""

    def __call__(self):
        raise RuntimeError("a twin is called from compiled code only")


#: Twins in use. A twin holds its function, so that a dictionary with weak keys would keep both for ever, and somebody who
#: differentiates a new lambda in each turn of a loop would fill the memory.
_twins: weakref.WeakValueDictionary = weakref.WeakValueDictionary()
#: The last ones made: they stay between two derivatives of one function, though nobody uses them meanwhile.
_recent: deque = deque(maxlen=128)
_lock = threading.RLock()

#: Options of the user's own @njit that change results; the twin keeps them.
_KEPT_OPTIONS = ("boundscheck", "fastmath", "error_model")


def twin_of(function, stamp=None) -> Dispatcher:
    """The twin of a Python function or of a jitted one; the same object each time, as long as it is in use.

    With a `stamp` (a hash of all that the function depends on) a new twin is made once the stamp has changed.
    """
    if isinstance(function, TwinDispatcher):
        return function
    original = function if isinstance(function, Dispatcher) else None
    py_func = function.py_func if original is not None else function
    with _lock:
        twin = _twins.get(function)
        if twin is None or twin.stamp != stamp is not None:
            options = {k: v for k, v in getattr(original, "targetoptions", {}).items() if k in _KEPT_OPTIONS}
            if original is None:
                import numba

                original = numba.njit(error_model="numpy")(py_func)
            twin = _twins[function] = TwinDispatcher(py_func, original, options)
            twin.stamp = stamp
            _recent.append(twin)
        return twin
