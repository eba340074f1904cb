"""Figures in words: times, shares, pitches."""

PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def pitch_name(pitch: int) -> str:
    """Name a MIDI pitch, middle C (60) being C4.

    Examples
    --------
    >>> pitch_name(60), pitch_name(21)
    ('C4', 'A0')
    """
    return f"{PITCHES[pitch % 12]}{pitch // 12 - 1}"


def duration(us: int) -> str:
    """Give a length of time as people say it: exact to a second, from ten minutes to a minute.

    Examples
    --------
    >>> duration(48_200_000), duration(150_000_000), duration(671_000_000)
    ('48 s', '2 min 30 s', '11 min')
    """
    if us < 9_950_000:
        return f"{us / 1e6:.1f} s"
    whole = (us + 500_000) // 1_000_000
    if whole < 120:
        return f"{whole} s"
    if whole < 600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{(whole + 30) // 60} min"


def percent(share: float) -> str:
    """Give a share in whole per cent."""
    return f"{share * 100:.0f} %"


def counted(number: int, one: str, many: str = "") -> str:
    """Give a number with its noun.

    Examples
    --------
    >>> counted(1, "note"), counted(2, "reply", "replies")
    ('1 note', '2 replies')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"
