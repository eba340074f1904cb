"""What a scan says: how far it is, and what came of it."""

import msgspec

from mtsession.music.library.walk import ScanFault


class ScanProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a scan is.

    Attributes
    ----------
    found : int
        Sound files found.
    done : int
        Of these, dealt with: unchanged, known, analysed or failed.
    unchanged : int
        Not opened, since size and time are as they were.
    known : int
        Moved, copied or tagged anew: their audio had been measured.
    analysed : int
        Measured now.
    failed : int
        That have a line in the report.
    files_per_s : float
        Files read a second.
    audio_rate : float
        Seconds of music measured in a second.
    left_s : float or None
        Seconds left, by the bytes that are; None until the first file is done.
    now : str
        The file begun last, by its name.
    """

    found: int = 0
    done: int = 0
    unchanged: int = 0
    known: int = 0
    analysed: int = 0
    failed: int = 0
    files_per_s: float = 0.0
    audio_rate: float = 0.0
    left_s: float | None = None
    now: str = ""


class ScanReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a scan.

    Attributes
    ----------
    progress : ScanProgress
        How far it came.
    faults : tuple of ScanFault
        One line a file or folder that could not be taken in, or was found damaged.
    missing : int
        Recordings that were in these folders and are nowhere now; nothing of them is lost.
    cancelled : bool
        Whether it was stopped; the next one goes on.
    seconds : float
        How long it took.
    notices : tuple of str
        What the therapist should know of how the catalogue was opened for it.
    """

    progress: ScanProgress
    faults: tuple[ScanFault, ...] = ()
    missing: int = 0
    cancelled: bool = False
    seconds: float = 0.0
    notices: tuple[str, ...] = ()
