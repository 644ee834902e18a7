"""The pipeline for generated code that computes with plain numbers."""

from __future__ import annotations

from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager
from numba.core.typed_passes import NativeLowering, NopythonTypeInference
from numba.core.untyped_passes import IRProcessing

from .loops import LoopsAsTheyAre
from .splicing import Splice
from .typing import RememberedTypes

__all__ = ["GeneratedCompiler"]


class GeneratedCompiler(CompilerBase):
    """Numba's nopython pipeline, that puts marked functions into their callers and keeps loops as they are."""

    def define_pipelines(self) -> list[PassManager]:
        """The passes, in one list."""
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
        manager.add_pass_after(Splice, IRProcessing)
        ours = {NativeLowering: LoopsAsTheyAre, NopythonTypeInference: RememberedTypes}
        manager.passes = [(ours.get(step, step), said) for step, said in manager.passes]
        manager.finalize()
        return [manager]
