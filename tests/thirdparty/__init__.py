"""The run over already jitted functions of published packages (see `run.py`)."""
