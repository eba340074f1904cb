"""How near two keys are."""

_MAJOR = {
    "Cb": -7, "Gb": -6, "Db": -5, "Ab": -4, "Eb": -3, "Bb": -2, "F": -1, "C": 0,
    "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F#": 6, "C#": 7, "G#": 8, "D#": 9, "A#": 10,
}  # fmt: skip


def fifths_apart(one: str | None, other: str | None) -> int | None:
    """Give how many steps of the circle of fifths lie between two keys.

    A minor key counts as its relative major.

    Returns
    -------
    int or None
        0 to 6; None where a key is not known.

    Examples
    --------
    >>> fifths_apart("C", "Am"), fifths_apart("C", "F#"), fifths_apart("Dm", "A")
    (0, 6, 4)
    """
    places = _place(one), _place(other)
    if places[0] is None or places[1] is None:
        return None
    apart = abs(places[0] - places[1]) % 12
    return min(apart, 12 - apart)


def _place(key: str | None) -> int | None:
    if key is None:
        return None
    place = _MAJOR.get(key.removesuffix("m"))
    return place if place is None or not key.endswith("m") else place - 3
