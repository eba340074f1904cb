"""What a therapist's word on a recording's pulse makes of the decision that was there; pure."""

import msgspec

from mtsession.errors import MusicError
from mtsession.music.analysis.taps import TapFit
from mtsession.music.library.pulse import USUAL_BAR, written_down
from mtsession.music.recording import Decision, HowDecided, Recording

_SCALED = {"doubled", "halved"}
_TEMPO_AS_MEASURED = {"as measured", "shifted"}


def scaled(recording: Recording, factor: float) -> Decision:
    """Count `factor` times as many beats, 2 or a half.

    Raises
    ------
    MusicError
        If there is no tempo.
    """
    if recording.bpm is None:
        raise MusicError("There is no tempo to double or halve.", "Tap along or type one first.")
    now, measured = recording.decision, recording.analysis
    bpm = recording.bpm * factor
    level = None if measured is None or not measured.bpm else bpm / measured.bpm
    shift = int(now.downbeat_shift * factor)
    if level is not None and abs(level - 1) < 1e-9 and now.how in _SCALED:
        return _changed(now, bpm=None, downbeat_shift=shift, how=_bars_alone(now, shift))
    return _changed(now, bpm=bpm, downbeat_shift=shift, how="doubled" if factor > 1 else "halved")


def typed(recording: Recording, bpm: float, first_beat_s: float | None) -> Decision:
    """Set an exact tempo, with a beat (the first of a bar) where it is known."""
    now = recording.decision
    if first_beat_s is None:
        return _changed(now, bpm=bpm, how="typed")
    return _changed(now, bpm=bpm, first_beat_s=first_beat_s, downbeat_shift=0, how="typed")


def tapped(recording: Recording, fit: TapFit) -> Decision:
    """Set the tempo and the beat that taps gave."""
    first = max(0.0, fit.first_beat_s)
    bpm = round(fit.bpm, 2)
    return _changed(recording.decision, bpm=bpm, first_beat_s=first, downbeat_shift=0, how="tapped")


def shifted(recording: Recording, beats: int) -> Decision:
    """Move the bar's start by beats, later or (negative) earlier; it goes round in the bar.

    Where bars are not known, they have four beats from then on, the first at the first beat.

    Raises
    ------
    MusicError
        If its beats are not known.
    """
    now = recording.decision
    known = recording.beats_per_bar
    shift = (now.downbeat_shift + beats) % (known or USUAL_BAR)
    return _with_bars(recording, shift, now.beats_per_bar if known else USUAL_BAR)


def barred(recording: Recording, beats: int) -> Decision:
    """Say how many beats a bar has; where no downbeat is known, the first beat is one.

    Raises
    ------
    MusicError
        If its beats are not known.
    """
    return _with_bars(recording, recording.decision.downbeat_shift % max(beats, 1), beats)


def as_measured(recording: Recording) -> Decision:
    """Take everything back but a lock."""
    return Decision(locked=recording.decision.locked)


def locked(recording: Recording) -> Decision:
    """Write down what counts now, so that nothing measured later changes it.

    Raises
    ------
    MusicError
        If there is no tempo.
    """
    now = recording.decision
    held = now.held if now.locked else written_down(recording)
    if held is None and not now.locked:
        raise MusicError("There is no tempo to lock.", "Tap along or type one first, then lock it.")
    return _changed(now, locked=True, held=held)


def unlocked(recording: Recording) -> Decision:
    """Leave what was decided before the lock."""
    return _changed(recording.decision, locked=False, held=None)


def _with_bars(recording: Recording, shift: int, bar: int | None) -> Decision:
    if not recording.beats_s:
        raise MusicError(
            "Its beats are not known, so there are no bars to set.",
            "Tap along first, then set them.",
        )
    now = _changed(recording.decision, downbeat_shift=shift, beats_per_bar=bar)
    return _changed(now, how=_bars_alone(now, shift)) if now.how in _TEMPO_AS_MEASURED else now


def _bars_alone(now: Decision, shift: int) -> HowDecided:
    """Name a decision that leaves the tempo as it was measured."""
    return "shifted" if shift or now.beats_per_bar is not None else "as measured"


def _changed(now: Decision, **fields: object) -> Decision:
    return msgspec.structs.replace(now, **fields)
