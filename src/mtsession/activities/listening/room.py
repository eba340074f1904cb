"""Music that the app does not make: it is silent, and taps give the beat."""

from mtsession.activities.listening.events import BeatTapped, MusicTurned, PulseFitted, Source
from mtsession.activities.listening.state import ListeningState
from mtsession.activities.listening.turned import gone_on
from mtsession.protocol import commands as cmd
from mtsession.session.activity import NOTHING, ActivityContext, Step
from mtsession.timeline.units import Micros


class Room:
    """What the room plays in one listening activity.

    Parameters
    ----------
    context : ActivityContext
        Its number.
    state : ListeningState
        How it stands, now and later.
    """

    def __init__(self, context: ActivityContext, state: ListeningState) -> None:
        self._activity = context.activity
        self._state = state

    def turn(self, now_us: Micros, to: Source, title: str = "") -> Step:
        """Say where the music comes from; the beats of what was before end."""
        turned = MusicTurned(t_us=now_us, activity=self._activity, to=to, title=title)
        return Step(self.end_pulse(), (turned,))

    def end_pulse(self) -> tuple[cmd.Command, ...]:
        """Give the command that ends the beats that run."""
        pulse = self._state.turned.pulse
        return () if pulse is None else (cmd.StopPulse(grid=pulse.grid),)

    def tap(self, now_us: Micros) -> Step:
        """Take a tap on a beat of music in the room."""
        state = self._state
        if not state.turned.tapped:
            return NOTHING
        tapped = Step(events=(BeatTapped(t_us=now_us, activity=self._activity),))
        pulse = state.turned.fitted(self._activity, now_us, grid=state.next_number)
        return tapped if pulse is None else tapped.then(_start(pulse))

    def pulse_again(self, now_us: Micros) -> Step:
        """Let the beats run again that an engine has forgotten."""
        return self.go_on(now_us, self._state.turned.pulse)

    def go_on(self, now_us: Micros, pulse: PulseFitted | None) -> Step:
        """Let beats that ran go on as this activity's own."""
        if pulse is None:
            return NOTHING
        return _start(gone_on(pulse, self._activity, now_us, grid=self._state.next_number))


def _start(pulse: PulseFitted) -> Step:
    """Ask for a pulse and record it."""
    start = cmd.StartPulse(
        owner=pulse.activity, grid=pulse.grid, bpm=pulse.bpm, at_us=pulse.at_us, beat=pulse.beat
    )
    return Step((start,), (pulse,))
