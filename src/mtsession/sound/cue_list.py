"""Cues that wait for their beats, and those that sound."""

from collections.abc import Callable, Mapping, Set
from typing import NamedTuple

from mtsession.errors import MediaError
from mtsession.media.stream import Samples
from mtsession.protocol.commands import Cue
from mtsession.protocol.sources import FileSource
from mtsession.sound.beats import GridFrames
from mtsession.sound.cues import CueVoice
from mtsession.sound.programme import Mark
from mtsession.sound.sources import Opener, Opening
from mtsession.sound.spoken import SpokenVoice
from mtsession.timeline.events import CueMissed, CueSounded
from mtsession.timeline.units import Micros


class _Waiting(NamedTuple):
    """A cue that has not begun; `frame` is None while its beat stands still or is not known yet."""

    owner: int
    cue: Cue
    frame: int | None
    frames: int
    recording: Opening | None

    def let_go(self) -> None:
        """Close its recording, where it has one."""
        if self.recording is not None:
            self.recording.close()


class CueList:
    """Puts each cue on the frame of its beat, however the beats are moved, or says why not.

    Parameters
    ----------
    mark : callable
        Told of each cue that sounds or is missed, with its frame.
    opener : callable
        Opens recordings; begun as soon as a cue is added, so that they are there on its beat.
    """

    def __init__(self, sample_rate: int, mark: Mark, opener: Opener) -> None:
        self._rate = sample_rate
        self._mark = mark
        self._opener = opener
        self._waiting: list[_Waiting] = []
        self._sounding: list[tuple[int, CueVoice | SpokenVoice]] = []

    @property
    def waiting(self) -> bool:
        """Whether any cue has not begun."""
        return bool(self._waiting)

    def add(self, owner: int, cues: tuple[Cue, ...]) -> None:
        """Let cues wait for their beats; `resolve` finds them."""
        known = {entry.cue.cue for entry in self._waiting}
        fresh = (cue for cue in cues if cue.cue not in known)
        self._waiting += [_Waiting(owner, cue, None, 0, self._recording(cue)) for cue in fresh]

    def cancel(self, owner: int | None, frame: int, fade_frames: int) -> None:
        """Forget an owner's cues (everyone's for None) and fade those that sound."""
        for entry in self._waiting:
            if owner is None or entry.owner == owner:
                entry.let_go()
        self._waiting = [w for w in self._waiting if owner is not None and w.owner != owner]
        for who, voice in self._sounding:
            if owner is None or who == owner:
                voice.leave(frame, fade_frames)

    def resolve(
        self,
        frame: int,
        grids: Mapping[int, GridFrames],
        *,
        expected: Set[int],
        holds: Callable[[int, int], bool],
    ) -> None:
        """Find every waiting cue's frame anew.

        Parameters
        ----------
        grids : mapping
            The beats that are known, by grid.
        expected : set of int
            Grids whose beats are going to be known: their cues wait.
        holds : callable
            Whether a grid stands still at a frame: its cues wait too.
        """
        kept = []
        for entry in self._waiting:
            cue = entry.cue
            grid = grids.get(cue.grid)
            if grid is None:
                if cue.grid in expected:
                    kept.append(entry._replace(frame=None))
                else:
                    self._miss(frame, entry, "its beats are not known, or their music is over")
                continue
            at = grid.frame_of(cue.beat)
            if at is None:
                self._miss(frame, entry, "its beat does not sound")
            elif holds(cue.grid, at):
                kept.append(entry._replace(frame=None))
            elif at < frame:
                self._miss(frame, entry, "it came too late for its beat")
            else:
                kept.append(entry._replace(frame=at, frames=_length(grid, cue, at)))
        self._waiting = kept

    def render(self, frame: int, out: Samples) -> None:
        """Begin the cues of this block and add what sounds to `out`."""
        end = frame + len(out)
        due = [w for w in self._waiting if w.frame is not None and w.frame < end]
        if due:
            self._waiting = [w for w in self._waiting if w not in due]
            for entry in due:
                self._begin(entry)
        for _, voice in self._sounding:
            voice.render(frame, out)
        if self._sounding:
            self._sounding = [s for s in self._sounding if not s[1].over_by(end)]

    def _begin(self, entry: _Waiting) -> None:
        cue, frame = entry.cue, entry.frame or 0
        try:
            voice = self._voice(entry, frame)
        except MediaError as error:
            self._miss(frame, entry, error.message)
            return
        self._sounding.append((entry.owner, voice))
        self._mark(
            frame,
            CueSounded(
                t_us=Micros(0), cue=cue.cue, owner=entry.owner, grid=cue.grid, beat=cue.beat
            ),
        )

    def _recording(self, cue: Cue) -> Opening | None:
        return self._opener(FileSource(path=cue.recording), 0) if cue.sound == "spoken" else None

    def _voice(self, entry: _Waiting, frame: int) -> CueVoice | SpokenVoice:
        cue = entry.cue
        if entry.recording is not None:
            return SpokenVoice(
                entry.recording,
                frame=frame,
                frames=entry.frames,
                gain_db=cue.gain_db,
                sample_rate=self._rate,
            )
        return CueVoice(
            cue.sound,
            frame=frame,
            frames=entry.frames,
            gain_db=cue.gain_db,
            sample_rate=self._rate,
        )

    def _miss(self, frame: int, entry: _Waiting, why: str) -> None:
        entry.let_go()
        missed = CueMissed(t_us=Micros(0), cue=entry.cue.cue, owner=entry.owner, why=why)
        self._mark(frame, missed)


def _length(grid: GridFrames, cue: Cue, frame: int) -> int:
    """Give how many frames a cue lasts, to the end of its music at most."""
    end = grid._replace(end=None).frame_of(cue.beat + cue.beats)
    if end is None:
        end = frame + 1
    return (end if grid.end is None else min(end, grid.end)) - frame
