"""Sentences for what is wrong with a sound file; they name its last path part only."""

from mtsession.errors import MediaError

CHOOSE = "Choose another file, or copy this one again from where it came."


def protected(name: str) -> MediaError:
    """Say that a purchase is locked to the shop's own player."""
    return MediaError(
        f"“{name}” is copy-protected: only the shop's own player can play it.",
        "Get it without protection, or play it outside and name it in the session.",
    )


def no_sound(name: str) -> MediaError:
    """Say that a file opens but holds nothing to hear."""
    return MediaError(f"“{name}” holds no sound.", CHOOSE)


def damaged(name: str, *, frame: int, sample_rate: int) -> MediaError:
    """Say where a file can be read no further."""
    return MediaError(
        f"“{name}” is damaged at {clock(frame, sample_rate)} and cannot be played further.",
        CHOOSE,
    )


def cut_short(name: str, *, got: int, promised: int, sample_rate: int) -> str | None:
    """Give a sentence where clearly less sound came than the file's header promised.

    Encoders are off by a few of their frames, so a tenth of a second is let pass.
    """
    if (promised - got) * 10 <= sample_rate:
        return None
    return (
        f"“{name}” ends at {clock(got, sample_rate)}, though its header promises "
        f"{clock(promised, sample_rate)}: it was cut short. Copy it again from where it came."
    )


def broken_off(name: str, *, got: int, sample_rate: int) -> str:
    """Say that a file without a stated length ends where no encoder ends one."""
    return (
        f"“{name}” breaks off at {clock(got, sample_rate)}: it was cut short. "
        "Copy it again from where it came."
    )


def clock(frames: int, sample_rate: int) -> str:
    """Write a position as minutes and seconds.

    Examples
    --------
    >>> clock(90 * 44_100, 44_100)
    '1:30.0'
    """
    tenths = frames * 10 // sample_rate
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
