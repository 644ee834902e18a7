"""What a checkpointing schedule does, as plain integers.

A schedule says when a rollout is advanced without records, when its state is stored and loaded, and when a step is
recorded and reversed. Nothing here knows a user's function: schedules get numbers of steps, bytes and costs. The files:

- `actions`: the words a schedule is written in;
- `binomial`: a known number of steps in a given number of snapshots, with the fewest repeated steps;
- `blocks`: steps grouped in blocks whose records are kept together;
- `budget`: how many blocks and snapshots are worth their memory;
- `online`: a number of steps that is known only when the loop ends;
- `mixed`: a slot holds a state or the record of a step;
- `two_level`: snapshots in memory and on disk;
- `replay`: checks and counts a schedule, with no state at all.

Two kinds of functions are in them. *Kernels* take and return integers and arrays of integers, for generated code to
call at each action. *Schedules* are generators of actions that drive the kernels as generated code does; they are what
`replay` counts. Both run in plain Python and, as they are, in nopython code.
"""
