"""Ask the system to run a thread before others, where it grants that to this user."""

import os

_REALTIME = 5
_NICE = -11


def raise_priority() -> bool:
    """Let the calling thread run first; tell whether the system allowed any of it.

    A desktop grants this to users of its audio group; without it the thread runs as others do,
    and a longer ring (`profiles`) helps instead.
    """
    if not hasattr(os, "sched_setscheduler"):
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_REALTIME))
    except OSError:
        try:
            os.setpriority(os.PRIO_PROCESS, 0, _NICE)
        except OSError:
            return False
    return True
