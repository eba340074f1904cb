"""How loud the music is: the therapist's level under its ceiling, and ducking that is counted."""

from mtsession.sound.ramp import Gain, Ramp, gain_of
from mtsession.timeline.units import frames_at

DUCK_DB = -9.0
DUCK_US = 300_000


class Levels:
    """Two gains that glide: one for everything, one for the music alone.

    Examples
    --------
    >>> levels = Levels(48_000)
    >>> levels.open(-12.0, ceiling_db=-6.0)
    >>> levels.glide(0.0, frame=0, glide_us=300_000)
    -6.0
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._ceiling_db = 0.0
        self._level = Ramp(1.0)
        self._duck = Ramp(1.0)
        self._duckers: set[int] = set()

    def open(self, level_db: float, *, ceiling_db: float, frame: int = 0, frames: int = 0) -> None:
        """Set level and ceiling; nobody asks for ducking.

        Parameters
        ----------
        frames : int
            For how long something sounds still from `frame` on, which keeps the level it had.
        """
        self._ceiling_db = ceiling_db
        self._duckers.clear()
        self._level = _later(self._level, gain_of(min(level_db, ceiling_db)), frame, frames)
        self._duck = _later(self._duck, 1.0, frame, frames)

    def glide(self, level_db: float, *, frame: int, glide_us: int) -> float:
        """Glide to a level under the ceiling; give the level that was taken."""
        taken = min(level_db, self._ceiling_db)
        frames = int(frames_at(glide_us, self._rate))
        self._level.to(gain_of(taken), frame=frame, frames=frames, shape="level")
        return taken

    def duck(self, owner: int, *, on: bool, frame: int) -> None:
        """Count an owner's wish for softer music; it comes back when no owner asks."""
        if on:
            self._duckers.add(owner)
        else:
            self._duckers.discard(owner)
        target = gain_of(DUCK_DB) if self._duckers else 1.0
        if target != self._duck.target:
            frames = int(frames_at(DUCK_US, self._rate))
            self._duck.to(target, frame=frame, frames=frames, shape="level")

    def over(self, frame: int, n: int) -> Gain:
        """Give the gain of everything."""
        return self._level.over(frame, n)

    def duck_over(self, frame: int, n: int) -> Gain:
        """Give the further gain of the music."""
        return self._duck.over(frame, n)


def _later(before: Ramp, gain: float, frame: int, frames: int) -> Ramp:
    """Give a gain that stays what it is at a frame, and is another so many frames later."""
    if not frames:
        return Ramp(gain)
    after = Ramp(before.at(frame))
    after.to(gain, frame=frame + frames, frames=1)
    return after
