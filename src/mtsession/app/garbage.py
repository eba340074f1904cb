"""What the search for garbage may pass over while a session runs."""

import gc


def leave_alone() -> None:
    """Take all that is there by now out of what is searched.

    A search through all of it takes tens of milliseconds, and holds up a key and the screen for as
    long.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
