"""Loops that LLVM leaves as long as they are.

Where it does not know how often a loop runs, LLVM makes four or eight iterations of it into one, with a second loop for the rest.
Generated loops of numbers wait for the results of their arithmetic or become vector code, either of which gains nothing by it;
loops over two or ten coordinates, of which adjoints are full, pay for the tests between the two. So every loop says that it is
not to be cut up (`llvm.loop.unroll.runtime.disable`).
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from llvmlite.ir.values import MDValue
from numba.core.analysis import compute_cfg_from_blocks
from numba.core.compiler_machinery import register_pass
from numba.core.lowering import Lower
from numba.core.typed_passes import BaseNativeLowering

__all__ = ["LoopsAsTheyAre"]

_HINT = "llvm.loop.unroll.runtime.disable"


class _Lower(Lower):
    def lower_function_body(self) -> Any:
        graph = compute_cfg_from_blocks(self.blocks)
        self._last_blocks = {
            id(self.blocks[last])
            for header, loop in graph.loops().items()
            for last, _ in graph.predecessors(header)
            if last in loop.body
        }
        return super().lower_function_body()

    def lower_block(self, block: Any) -> None:
        super().lower_block(block)
        if id(block) in self._last_blocks:  # LLVM looks for what is said of a loop at the jump back to its start
            self.builder.block.terminator.set_metadata("llvm.loop", _loop(self.module))


def _loop(module: ir.Module) -> MDValue:
    """What is said of one loop: a node that names itself first, by which it is told from those of other loops."""
    hint = module.add_metadata([ir.MetaDataString(module, _HINT)])
    node = MDValue(module, [hint], name=str(len(module.metadata)))
    node.operands = (node, hint)
    return node


@register_pass(mutates_CFG=True, analysis_only=False)
class LoopsAsTheyAre(BaseNativeLowering):
    """Numba's lowering to LLVM's language, with a word on every loop."""

    _name = "dualad_lowering"

    @property
    def lowering_class(self) -> type[Lower]:
        """What lowers a function."""
        return _Lower
