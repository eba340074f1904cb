"""Ask the system to run the engine before others, where it grants that to this user."""

import os
import sys

# Below what sound and MIDI servers give their own threads (5 with JACK): they feed us.
_REALTIME = 2
_NICE = -8


def prefer_process() -> bool:
    """Let this thread, and those it starts, come before other programs; tell whether allowed.

    A thread of the engine that is kept waiting while it holds the interpreter keeps the sound
    card's callback waiting as well, however high that one's own priority is.
    """
    if sys.platform == "win32":
        return False
    try:
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    except OSError:
        return False
    return True


def raise_thread() -> bool:
    """Let the calling thread come before all others; tell whether the system allowed it.

    A desktop grants this to users of its audio group; without it the thread runs as others do,
    and a longer ring (`profiles`) helps instead.
    """
    if sys.platform != "linux":
        return False
    try:
        # Threads that this one starts decode and compose: they must not come first as well.
        policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(_REALTIME))
    except OSError:
        return False
    return True
