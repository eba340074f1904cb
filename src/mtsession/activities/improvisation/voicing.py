"""What the keys sound like from the laptop, as the therapist chose it."""

from typing import get_args

from mtsession.activities.improvisation.events import VoiceChosen
from mtsession.activities.improvisation.settings import Voice
from mtsession.protocol.commands import SetVoice
from mtsession.session.activity import NOTHING, Step
from mtsession.timeline.event import Event
from mtsession.timeline.events import EngineStarted, SessionPaused, SessionResumed
from mtsession.timeline.units import Micros

WORDS: dict[Voice, str] = {
    "piano": "piano",
    "pad": "soft pad",
    "drum": "hand drum",
    "soundfont": "soundfont",
    "off": "no sound from here",
}


class Voicing:
    """Keeps the voice of one improvisation; a paused session stays as quiet as it is.

    Parameters
    ----------
    activity : int
        Which improvisation.

    Attributes
    ----------
    chosen : Voice or None
        None while the settings' own choice holds.
    """

    def __init__(self, activity: int) -> None:
        self._activity = activity
        self._paused = False
        self.chosen: Voice | None = None

    @property
    def words(self) -> str:
        """Name the voice for the screen; nothing where none was chosen here."""
        return "" if self.chosen is None else WORDS[self.chosen]

    def choose(self, now_us: Micros, voice: Voice) -> Step:
        """Take a voice from now on."""
        chosen = VoiceChosen(t_us=now_us, activity=self._activity, voice=voice)
        return Step(events=(chosen,))

    def next(self, now_us: Micros) -> Step:
        """Take the voice after this one, in the order of the words above."""
        voices: tuple[Voice, ...] = get_args(Voice)
        at = voices.index(self.chosen or "piano")
        return self.choose(now_us, voices[(at + 1) % len(voices)])

    def handle(self, event: Event) -> Step:
        """Follow what was chosen; tell the engine, which forgets it over a pause or a restart."""
        match event:
            case VoiceChosen(activity=self._activity):
                self.chosen = event.voice
                return self._told()
            case SessionPaused():
                self._paused = True
            case SessionResumed():
                self._paused = False
                return self._told()
            case EngineStarted():
                return self._told()
        return NOTHING

    def _told(self) -> Step:
        if self.chosen is None or self._paused:
            return NOTHING
        if self.chosen == "off":
            return Step(commands=(SetVoice(on=False),))
        return Step(commands=(SetVoice(on=True, voice=self.chosen),))
