"""One compile cache for the whole run: every xdist worker and every example started by a test shares it.

The cache is new for each run, so that no test passes on code compiled from an older tree; set NUMBA_CACHE_DIR
or DUALAD_CACHE_DIR to keep one. They must be set before Numba is imported: here, where pytest looks first.
"""

import atexit
import os
import shutil
import tempfile

for variable in ("NUMBA_CACHE_DIR", "DUALAD_CACHE_DIR"):
    if variable not in os.environ:
        os.environ[variable] = tempfile.mkdtemp(prefix="dualad-tests-")
        # Workers inherit the variable and never come here: only the process that made the folder removes it.
        atexit.register(shutil.rmtree, os.environ[variable], ignore_errors=True)

# Pictures are files here; no test may wait for a window.
os.environ.setdefault("MPLBACKEND", "Agg")
