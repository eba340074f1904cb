"""The one root of every error that a therapist may read."""


class MtSessionError(Exception):
    """What went wrong in one sentence, and what to do about it.

    Rooms raise their own subclass. The message never holds a client's name, a
    note or a passphrase: it may end on a screen that others see.

    Parameters
    ----------
    message : str
        One plain sentence: what is wrong (with file, line and key where there are any).
    hint : str
        One plain sentence: what to do about it. Empty where nothing can be done.

    Examples
    --------
    >>> str(MtSessionError("The file is empty.", "Choose another."))
    'The file is empty. Choose another.'
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Give the message and its hint as one line."""
        return f"{self.message} {self.hint}".strip()


class MediaError(MtSessionError):
    """A sound file or built-in piece that cannot be played."""


class MidiError(MtSessionError):
    """A MIDI port or file that cannot be used."""


class RecordsError(MtSessionError):
    """A vault or journal that cannot be opened, read or written."""


class ReportError(MtSessionError):
    """A summary that cannot be drawn or exported."""


class MusicError(MtSessionError):
    """A programme that cannot be built."""


class EngineError(MtSessionError):
    """A fault of the engine process or its link."""


class PlanError(MtSessionError):
    """A plan that breaks a rule."""


class DisplayError(MtSessionError):
    """The client's own screen cannot be served."""
