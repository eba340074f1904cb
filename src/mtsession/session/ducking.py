"""Softer music to be spoken over: asked for with a key, or while a MIDI control is held."""

from typing import Literal

from mtsession.protocol.commands import Command, SetDuck
from mtsession.session import intents as it
from mtsession.session.activity import NOTHING, Step
from mtsession.session.state import SessionState
from mtsession.timeline import events as ev
from mtsession.timeline.event import Event
from mtsession.timeline.midi_control import MidiControl
from mtsession.timeline.units import SECOND, Micros

Asker = Literal["key", "control"]

# Activities that ask for softer music are owners by their own numbers, which begin at 1.
OWNERS: dict[Asker, int] = {"key": 0, "control": -1}
ASKED_STAYS_US = 20 * SECOND


class Ducking:
    """Who asks for softer music, and which control it is that may be held.

    Parameters
    ----------
    state : SessionState
        What is asked for now, as the events have it.
    """

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._asked_us: Micros | None = None

    def do(self, now_us: Micros, intent: it.Intent) -> Step:
        """Carry out what is asked for: with the key, the control, or about the control."""
        match intent:
            case it.ToggleDuck():
                return self._ask(now_us, "key", on="key" not in self._state.ducked_by)
            case it.HoldDuck():
                return self._ask(now_us, "control", on=intent.on)
            case it.LearnDuckControl():
                return self._learn(now_us)
            case it.ChooseDuckControl():
                return self._choose(now_us, intent.control)
        return NOTHING

    def again(self) -> tuple[Command, ...]:
        """Give what an engine that begins in the middle of it has to be told."""
        return tuple(SetDuck(owner=OWNERS[asker], on=True) for asker in self._state.ducked_by)

    def wish_of(self, event: Event) -> it.Intent | None:
        """Give what an event from outside asks for: the control was moved, or is gone."""
        state, control = self._state, self._state.duck_control
        if isinstance(event, ev.MidiReceived):
            port = state.ports.get(event.port)
            name = "" if port is None else port.name
            pressed = MidiControl.pressed_by(name, event.data)
            if pressed is not None and self._learning(event.t_us):
                return it.ChooseDuckControl(control=pressed)
            held = None if control is None else control.held_by(name, event.data)
            if held is not None and held != ("control" in state.ducked_by):
                return it.HoldDuck(on=held)
        elif "control" in state.ducked_by and (
            isinstance(event, ev.EngineLost)
            or (isinstance(event, ev.PortLost) and control and event.name == control.port)
        ):
            # What went away while it was held is never let go of.
            return it.HoldDuck(on=False)
        return None

    def _learning(self, now_us: Micros) -> bool:
        return self._asked_us is not None and now_us - self._asked_us <= ASKED_STAYS_US

    def _learn(self, now_us: Micros) -> Step:
        """Wait for the control to be pressed; asked again, have none."""
        if self._learning(now_us):
            self._asked_us = None
            none = ev.DuckControlChosen(t_us=now_us, control=None)
            said = _said(now_us, "No pedal or button lowers the music.")
            return self._ask(now_us, "control", on=False).then(Step(events=(none, said)))
        if not self._state.ports:
            hint = "Plug in a keyboard or a pedal, then press K again."
            return Step(events=(_said(now_us, "No MIDI port is there to listen to.", hint),))
        self._asked_us = now_us
        asked = "Press the pedal that is to lower the music while it is held."
        return Step(events=(_said(now_us, asked, "K again: none."),))

    def _choose(self, now_us: Micros, control: MidiControl) -> Step:
        """Take a control, which is held at this moment."""
        self._asked_us = None
        chosen = ev.DuckControlChosen(t_us=now_us, control=control)
        named = f"Controller {control.controller} of {control.port} lowers the music"
        said = _said(now_us, f"{named} while it is held.")
        return Step(events=(chosen, said)).then(self._ask(now_us, "control", on=True))

    def _ask(self, now_us: Micros, asker: Asker, *, on: bool) -> Step:
        before = self._state.ducked_by
        if on == (asker in before):
            return NOTHING
        by = tuple(sorted({*before, asker} if on else {*before} - {asker}))
        changed = ev.MusicDucked(t_us=now_us, by=by)
        return Step((SetDuck(owner=OWNERS[asker], on=on),), (changed,))


def _said(now_us: Micros, message: str, hint: str = "") -> ev.Noticed:
    return ev.Noticed(t_us=now_us, topic="midi", message=message, hint=hint)
