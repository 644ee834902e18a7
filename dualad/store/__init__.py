"""The folder of a checkpointed loop that keeps states on disk, and what a call that was killed is resumed from.

- `files` owns a folder: the lock, files in it with their sizes reserved, and nothing that is not its own
- `records` keeps bytes in such a file so that they are whole or not there
- `header` says which program a folder belongs to, and holds the call that is to be made again
- `session` decides when a loop stores its state there, and counts how far it has come
- `callbacks` is how compiled code reaches a session
"""
