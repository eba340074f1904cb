"""What of a library may be played for a client."""

from collections.abc import Sequence

from mtsession.music.planning.values import DISLIKED, LIKED, NEUTRAL, Material
from mtsession.music.recording import Recording, Taste

TARGET_LUFS = -23.0
"""Loudness that recordings are brought to (EBU R 128)."""

HIGHEST_PEAK_DB = -1.0
"""dBTP that no recording is brought above."""

LOUDER_AT_MOST_DB = 20.0


def material(
    recordings: Sequence[Recording], taste: Taste | None, *, target_lufs: float = TARGET_LUFS
) -> tuple[list[Material], tuple[str, ...]]:
    """Give what of a library may be played, and say what was left out.

    Parameters
    ----------
    taste : Taste or None
        The client's; what must never be played is left out.
    target_lufs : float
        The loudness that all are brought to, as far as their true peaks allow.

    Returns
    -------
    material : list of Material
        In the order of `recordings`.
    notes : tuple of str
        Why recordings were left out, without their titles.
    """
    taste = taste or Taste()
    chosen: list[Material] = []
    never = gone = faulty = 0
    for each in recordings:
        if each.content in taste.never:
            never += 1
        elif not each.present:
            gone += 1
        elif each.analysis is None or not each.analysis.duration_s > 0:
            faulty += 1
        else:
            chosen.append(_material(each, taste, target_lufs))
    counts = ((never, "must never be played"), (gone, "not found"), (faulty, "not measured"))
    left = [f"{count} {why}" for count, why in counts if count]
    return chosen, ((f"Left out: {', '.join(left)}.",) if left else ())


def gain_for(lufs: float | None, true_peak_db: float | None, target_lufs: float) -> float:
    """Give the gain in dB that brings a recording to a loudness, its true peak kept under -1 dBTP.

    Examples
    --------
    >>> gain_for(-14.0, -0.2, -23.0), gain_for(-30.0, -4.0, -23.0), gain_for(None, None, -23.0)
    (-9.0, 3.0, 0.0)
    """
    if lufs is None:
        return 0.0
    gain = min(target_lufs - lufs, LOUDER_AT_MOST_DB)
    if true_peak_db is not None:
        gain = min(gain, HIGHEST_PEAK_DB - true_peak_db)
    return round(gain, 2)


def _material(one: Recording, taste: Taste, target_lufs: float) -> Material:
    measured = one.analysis
    if measured is None:
        raise ValueError(f"{one.content} was not measured")
    liking = LIKED if one.content in taste.likes else NEUTRAL
    return Material(
        content=one.content,
        path=one.path,
        title=one.title,
        bpm=one.bpm,
        duration_s=measured.duration_s,
        key=measured.key,
        words=bool(one.words),
        steady=measured.steady is not False or one.decision.bpm is not None,
        beats_s=one.beats_s if one.bpm is not None else (),
        downbeat=one.downbeat,
        beats_per_bar=one.beats_per_bar,
        gain_db=gain_for(measured.lufs, measured.true_peak_db, target_lufs),
        intro_s=measured.intro_s or 0.0,
        outro_s=measured.outro_s or 0.0,
        liking=DISLIKED if one.content in taste.dislikes else liking,
    )
