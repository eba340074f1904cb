"""A recording of the therapist's own voice, heard where a phase begins."""

import numpy as np

from mtsession.errors import MediaError
from mtsession.media.stream import Samples
from mtsession.sound.feed import Feed
from mtsession.sound.ramp import Ramp, gain_of
from mtsession.sound.sources import Opening

# A recording that is longer than its phase is faded where the next one begins.
_END_SECONDS = 0.05


class SpokenVoice:
    """One recording as it sounds, from its own beginning to the end of its phase at most.

    Parameters
    ----------
    opening : Opening
        The recording, from its beginning.
    frame, frames : int
        Where it begins, and how long it may last.

    Raises
    ------
    MediaError
        If the recording cannot be played, or is not there in time.
    """

    def __init__(
        self, opening: Opening, *, frame: int, frames: int, gain_db: float, sample_rate: int
    ) -> None:
        self._opening = opening
        self._feed = Feed(opening, first=0, frames=max(1, frames), sample_rate=sample_rate)
        if not self._feed.ready:
            raise MediaError("its recording was not ready in time")
        self._end = frame + max(1, frames)
        self._gain = np.float32(gain_of(gain_db))
        self._frame = frame
        self._leaving = Ramp(1.0)
        fade = min(max(1, frames), round(_END_SECONDS * sample_rate))
        self._fade_from, self._fade = self._end - fade, fade

    def over_by(self, frame: int) -> bool:
        """Tell whether nothing of it sounds from `frame` on; then it lets go of the file."""
        over = frame >= self._end
        if over:
            self._opening.close()
        return over

    def leave(self, frame: int, frames: int) -> None:
        """Fade it before its end."""
        self._leaving.to(0.0, frame=frame, frames=frames)
        self._end = min(self._end, frame + frames)

    def render(self, frame: int, out: Samples) -> None:
        """Add the frames from `frame` on to `out`, shape (n, 2)."""
        first = max(frame, self._frame)
        n = min(frame + len(out), self._end) - first
        if n <= 0:
            return
        part = self._feed.take(n)
        if not len(part):
            self._end = first
            return
        frames = np.arange(first, first + len(part))
        share = np.clip((frames - self._fade_from) / self._fade, 0.0, 1.0)
        falling = (0.5 + 0.5 * np.cos(np.pi * share)).astype(np.float32)[:, None]
        place = first - frame
        gain = falling * self._gain
        out[place : place + len(part)] += part * gain * self._leaving.over(first, len(part))
