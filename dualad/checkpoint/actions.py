"""The words of a schedule: an action is a triple of integers `(action, first, second)`.

========================  ===========  =============================================================================
action                    numbers      meaning
========================  ===========  =============================================================================
``ADVANCE``               start, stop  run steps start..stop-1 from the state at `start`, keeping nothing
``RECORD``                start, stop  run steps start..stop-1 from the state at `start`, recording them
``REVERSE``               start, stop  reverse the steps start..stop-1 that the current record holds
``STORE``                 slot, step   store the current state, which is the one before `step`, in a slot
``LOAD``                  slot, step   make the state in a slot, the one before `step`, the current one
``STORE_RECORD``          slot, step   store the current record, which is that of `step`, in a slot
``LOAD_RECORD``           slot, step   make the record in a slot, that of `step`, the current one
========================  ===========  =============================================================================

What a slot holds is overwritten by the next store into it; nothing else ends it. The vocabulary follows that of
`checkpoint_schedules` (Dolci, Maddison, Ham, Pallez and Herrmann, JOSS 9 (2024) 6148, DOI 10.21105/joss.06148).
"""

__all__ = ["ADVANCE", "LOAD", "LOAD_RECORD", "RECORD", "REVERSE", "STORE", "STORE_RECORD"]

ADVANCE, RECORD, REVERSE, STORE, LOAD, STORE_RECORD, LOAD_RECORD = range(7)
