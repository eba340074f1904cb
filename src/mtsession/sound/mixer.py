"""Everything that is heard but the instruments, on one absolute count of frames.

The mixer has no threads, reads no clock and opens nothing itself: commands come as
calls, what happened goes out by `mark` with the frame at which it happens. The same
calls at the same frames give the same samples, live or not.
"""

import itertools

import numpy as np

from mtsession.errors import MediaError
from mtsession.media.stream import Samples
from mtsession.protocol.commands import Cue
from mtsession.protocol.sources import ProgrammeItem
from mtsession.sound.agenda import Agenda
from mtsession.sound.beats import GridFrames
from mtsession.sound.cue_list import CueList
from mtsession.sound.hold import Hold
from mtsession.sound.levels import Levels
from mtsession.sound.lineup import EndedBecause
from mtsession.sound.programme import Applied, Mark, Programme, untold
from mtsession.sound.pulse import Pulses
from mtsession.sound.ramp import CLICKLESS_US
from mtsession.sound.sources import Opener
from mtsession.sound.stretch_shape import Effort
from mtsession.sound.waiting import Waiting, Wanted
from mtsession.timeline.events import MusicPaused, MusicResumed, Noticed
from mtsession.timeline.units import Micros, frames_at

_CUE_FADE_US = 200_000


class Mixer:
    """Programmes, cues, pulses and levels.

    Parameters
    ----------
    opener : callable
        Opens sources, without making the mixer wait (live) or waiting (offline).
    mark : callable
        Told of each event with its frame.
    effort : {"full", "low"}
        How much work a stretch may be on this machine.

    Attributes
    ----------
    frame : int
        The next frame to be rendered.
    revision : int
        Counts up whenever beats may lie at other frames than before; not while beats that are
        late (`GridFrames.waiting`) move on.
    levels : Levels
        How loud the music is, and who asked for it to be softer.
    """

    def __init__(
        self, *, sample_rate: int, opener: Opener, mark: Mark, effort: Effort = "full"
    ) -> None:
        self.frame = 0
        self.revision = 0
        self._rate = sample_rate
        self._effort: Effort = effort
        self._opener = opener
        self._mark = mark
        self._playing: list[Programme] = []
        self._wanted = Waiting(sample_rate)
        self._pulses = Pulses(sample_rate)
        self._cues = CueList(sample_rate, mark, opener)
        self._cues_stale = False
        self.levels = Levels(sample_rate)
        self._hold = Hold()
        self._agenda = Agenda()
        self._starved = 0

    @property
    def starved(self) -> int:
        """How often a source fell behind and silence stood in for it."""
        return self._starved + sum(p.starved for p in self._playing)

    @property
    def sounding(self) -> bool:
        """Whether any programme sounds, is held or waits."""
        return bool(self._playing or self._wanted)

    def play(
        self,
        *,
        owner: int,
        items: tuple[ProgrammeItem, ...],
        at: int | None,
        position_us: int,
        fade_in_us: int,
        gives_way: bool = False,
        applied: Applied = untold,
    ) -> None:
        """Let a programme begin at a frame, or as soon as its first sound is ready.

        What the owner plays may give way at once, where that is heard.
        """
        programme = Programme(
            owner=owner,
            items=items,
            position=self._frames(position_us),
            sample_rate=self._rate,
            effort=self._effort,
            opener=self._opener,
            mark=self._mark,
            changed=self._moved,
        )
        if at is not None:
            programme.expect(max(at, self.frame))
        programme.prepare(self.frame)
        gives_way = gives_way and not self._hold.stands(self.frame)
        if gives_way and any(p.give_way(self.frame) for p in self._playing if p.owner == owner):
            applied(self.frame)
            applied = untold
        self._wanted.add(Wanted(programme, at, self._frames(fade_in_us), applied))
        self._moved()

    def stop(
        self,
        owner: int,
        *,
        fade_us: int,
        at: int | None,
        why: EndedBecause,
        applied: Applied = untold,
    ) -> None:
        """Fade an owner's programmes from a frame on, and forget them."""
        if at is not None and at > self.frame:
            self._agenda.note(
                at, lambda: self.stop(owner, fade_us=fade_us, at=None, why=why, applied=applied)
            )
            return
        self._wanted.end(self.frame, why, owner=owner)
        playing = [programme for programme in self._playing if programme.owner == owner]
        for programme in playing:
            self._leave(programme, self._clickless(fade_us), why)
        if playing:
            applied(self.frame)
        self._forget_done()
        self._moved()

    def skip(self, owner: int, fade_us: int, applied: Applied = untold) -> None:
        """Let an owner's programme go on to its next item; held music does so unheard."""
        for programme in self._playing:
            if programme.owner == owner and not programme.leaving:
                held, frame = self._hold.stands(self.frame), self._hold.music_frame(self.frame)
                programme.skip(frame, self._clickless(fade_us), applied, held=held)

    def revise(
        self, owner: int, items: tuple[ProgrammeItem, ...], applied: Applied = untold
    ) -> None:
        """Let an owner's newest programme go on otherwise; where it cannot, as it was."""
        owned = [p for p in self._programmes() if p.owner == owner and not p.leaving]
        for programme in [p for p in owned if p.plays(items)][-1:] or owned[-1:]:
            try:
                programme.revise(self._hold.music_frame(self.frame), items, applied)
            except MediaError as error:
                said = f"The music goes on as it was: {error.message}"
                refused = Noticed(t_us=Micros(0), topic="sound", message=said, hint=error.hint)
                self._mark(self.frame, refused)

    def pause(self, fade_us: int) -> None:
        """Fade the music and hold it; what fades to its end already is left to do so."""
        stays = any(not programme.leaving for programme in self._playing)
        if self._hold.at is not None or not (stays or self._wanted):
            return
        frames = self._clickless(fade_us) if self._playing else 0
        self._wanted.hold(on=True)
        self._hold.begin(self.frame, frames=frames)
        self._moved()

    def resume(self, fade_us: int) -> None:
        """Go on where the music was held."""
        if self._hold.at is None:
            return
        told, self._hold.told = self._hold.told, False
        stood = self._hold.release(self.frame, frames=self._clickless(fade_us))
        self._wanted.hold(on=False)
        for programme in self._playing:
            programme.move(stood)
        if told:
            self._mark(self.frame, MusicResumed(t_us=Micros(0)))
        self._moved()

    def start_pulse(
        self, *, grid: int, bpm: float, beat: int, at: int, beats_per_bar: int | None
    ) -> None:
        """Let silent beats run from a beat and its frame on; those before it stay."""
        self._pulses.run(grid, bpm, beat=beat, at=at, beats_per_bar=beats_per_bar)
        self._moved()

    def stop_pulse(self, grid: int) -> None:
        """End silent beats here."""
        if self._pulses.stop(grid):
            self._moved()

    def schedule(self, owner: int, cues: tuple[Cue, ...]) -> None:
        """Let cues sound at their beats."""
        self._cues.add(owner, cues)
        self._cues_stale = True

    def cancel_cues(self, owner: int) -> None:
        """Forget an owner's cues."""
        self._cues.cancel(owner, self.frame, self._frames(_CUE_FADE_US))

    def quiet(self, fade_us: int, why: EndedBecause = "quiet") -> int:
        """Fade and end everything; give the frame from which nothing sounds."""
        frames = self._clickless(fade_us)
        self._wanted.end(self.frame, why)
        self._agenda.clear()
        self._pulses.clear()
        for programme in self._playing:
            self._leave(programme, frames, why)
        self._forget_done()
        self._cues.cancel(None, self.frame, frames)
        self._moved()
        return self.frame + frames

    def let_go(self) -> int:
        """Fade at once what sounds, and tell no more of it; give how many frames that takes."""
        sounds, until = bool(self._playing), self.quiet(0)
        for programme in self._playing:
            programme.disown()
        return until - self.frame if sounds else 0

    def grids(self) -> dict[int, GridFrames]:
        """Give the beats that are known, those of held music up to where it is held."""
        hold = self._hold.at
        found = {}
        for grid in self._grids().values():
            held = hold is not None and grid.grid not in self._pulses
            if held and hold is not None and (grid.end is None or hold < grid.end):
                found[grid.grid] = grid._replace(end=hold)
            else:
                found[grid.grid] = grid
        return found

    def render(self, n: int) -> Samples:
        """Give the next `n` frames, shape (n, 2)."""
        out = np.zeros((n, 2), dtype=np.float32)
        done = 0
        while done < n:
            self._agenda.run(self.frame)
            if self._hold.comes_to_stand(self.frame):
                self._mark(self.frame, MusicPaused(t_us=Micros(0)))
            for wanted in self._wanted.come(self.frame):
                self._begin(wanted)
            take = min(n - done, self._until_edge())
            self._render(out[done : done + take])
            done += take
        return out

    def _render(self, out: Samples) -> None:
        if self._playing and not self._hold.stands(self.frame):
            for programme in self._playing:
                programme.render(self.frame, out)
            out *= self._hold.over(self.frame, len(out))
            out *= self.levels.duck_over(self.frame, len(out))
            self._forget_done()
        if self._cues_stale or (self._cues.waiting and self._late):
            self._resolve_cues()
        self._cues.render(self.frame, out)
        out *= self.levels.over(self.frame, len(out))
        self.frame += len(out)

    def _until_edge(self) -> int:
        """Give the frames up to the next moment at which something is decided."""
        edges = [w.at for w in self._wanted if w.at is not None]
        edges += [at for at in (self._agenda.next, self._hold.at) if at is not None]
        return max(1, min((at for at in edges if at > self.frame), default=1 << 62) - self.frame)

    def _begin(self, wanted: Wanted) -> None:
        fade, softly = wanted.fade_frames, self._hold.gain_at(self.frame)
        crossfade = bool(self._playing) and self._hold.at is None
        for programme in self._playing:
            if self._hold.at is not None:
                programme.gain.scale(softly)
            self._leave(programme, max(fade, self._clickless(0)), "stopped", crossfade=crossfade)
        self._forget_done()
        if self._hold.at is not None:
            self._drop_hold()
        wanted.programme.begin(self.frame, fade_frames=fade, crossfade=crossfade)
        if not wanted.programme.done:
            self._playing.append(wanted.programme)
            wanted.applied(self.frame)

    def _leave(
        self, programme: Programme, frames: int, why: EndedBecause, *, crossfade: bool = False
    ) -> None:
        """Fade a programme, or end it here where it is held and silent already."""
        if self._hold.stands(self.frame):
            programme.end(self.frame, why)
        elif self._hold.at is not None and self.frame + frames > self._hold.at:
            programme.leave(self.frame, self._hold.at - self.frame, why)
        else:
            programme.leave(self.frame, frames, why, crossfade=crossfade)

    def _forget_done(self) -> None:
        """Drop programmes that have ended; held music that is gone is no longer held."""
        for programme in [p for p in self._playing if p.done]:
            self._starved += programme.starved
            self._playing.remove(programme)
        if not self._playing and not self._wanted.held:
            self._drop_hold()

    def _drop_hold(self) -> None:
        """Hold nothing: what was held is gone, and whoever waits for it must not go on waiting."""
        if self._hold.drop():
            self._mark(self.frame, MusicResumed(t_us=Micros(0)))

    def _grids(self) -> dict[int, GridFrames]:
        heard = itertools.chain.from_iterable(p.grid_frames() for p in self._programmes())
        return {grid.grid: grid for grid in heard} | self._pulses.grids(self.frame)

    @property
    def _late(self) -> bool:
        """Whether beats move on with every block, so that cues on them do too."""
        return any(programme.late for programme in self._programmes())

    def _programmes(self) -> list[Programme]:
        return [*self._playing, *(wanted.programme for wanted in self._wanted)]

    def _resolve_cues(self) -> None:
        self._cues_stale = False
        expected = set().union(*(w.programme.grids for w in self._wanted))
        self._cues.resolve(self.frame, self._grids(), expected=expected, holds=self._holds)

    def _holds(self, grid: int, frame: int) -> bool:
        return grid not in self._pulses and self._hold.stands(frame)

    def _moved(self) -> None:
        self.revision += 1
        self._cues_stale = True

    def _frames(self, us: int) -> int:
        return int(frames_at(us, self._rate))

    def _clickless(self, us: int) -> int:
        return self._frames(max(us, CLICKLESS_US))
