"""Music that is held where it is, and goes on from there."""

from mtsession.sound.ramp import Gain, Ramp


class Hold:
    """The music's gain on its way to silence and back, and the frame that it stands at.

    Attributes
    ----------
    at : int or None
        The frame from which the music stands still; None while it goes on.
    told : bool
        Whether it was said to stand: music that goes on before it does never stood.

    Examples
    --------
    >>> hold = Hold()
    >>> hold.begin(1_000, frames=200)
    1200
    >>> hold.stands(1_199), hold.stands(1_200), hold.music_frame(5_000)
    (False, True, 1200)
    >>> hold.release(5_000, frames=200)
    3800
    """

    def __init__(self) -> None:
        self.at: int | None = None
        self.told = False
        self._gain = Ramp(1.0)

    def begin(self, frame: int, *, frames: int) -> int:
        """Fade from a frame on and stand; give the frame from which it does."""
        self._gain.to(0.0, frame=frame, frames=frames)
        self.at, self.told = frame + frames, False
        return self.at

    def comes_to_stand(self, frame: int) -> bool:
        """Whether the music has come to stand by a frame, which was not told before."""
        comes = self.stands(frame) and not self.told
        self.told = self.told or comes
        return comes

    def gain_at(self, frame: int) -> float:
        """Give the gain at one frame."""
        return self._gain.at(frame)

    def release(self, frame: int, *, frames: int) -> int:
        """Let it go on and fade in; give for how many frames it stood."""
        stood = 0 if self.at is None else max(0, frame - self.at)
        self.at = None
        self._gain.to(1.0, frame=frame, frames=frames)
        return stood

    def drop(self) -> bool:
        """Hold nothing: what was held is gone; tell whether it was said to stand."""
        self.at = None
        self._gain = Ramp(1.0)
        told, self.told = self.told, False
        return told

    def stands(self, frame: int) -> bool:
        """Whether the music stands still at a frame."""
        return self.at is not None and frame >= self.at

    def music_frame(self, frame: int) -> int:
        """Give the frame that the music stands at or has come to."""
        return frame if self.at is None else min(frame, self.at)

    def over(self, frame: int, n: int) -> Gain:
        """Give the gain of `n` frames from one on."""
        return self._gain.over(frame, n)
