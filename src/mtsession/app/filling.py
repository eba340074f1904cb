"""Fills in what listening settings name: files, a playlist, or what the library has for an arc."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mtsession.activities.listening.settings import ListeningSettings
from mtsession.errors import MusicError
from mtsession.music.arc import NO_START, says_start
from mtsession.music.recording import Recording, Taste
from mtsession.timeline.units import Micros

if TYPE_CHECKING:
    from mtsession.music.found import Measure

RecordingsOf = Callable[[], Sequence[Recording]]

Say = Callable[[str], None]
"""Told what takes its time, in a few words."""


def say_nothing(_text: str) -> None:
    """Tell nobody: where no screen waits."""


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """How what settings name is to be had; see `plans.load_plan`.

    Attributes
    ----------
    notes : tuple of str
        What is to be said of all music that the client's taste has a say in.
    """

    start_bpm: float | None = None
    recordings: RecordingsOf | None = None
    taste: Taste | None = None
    strict: bool = False
    notes: tuple[str, ...] = ()
    say: Say = say_nothing
    measured: bool = True


class Filler:
    """Fills in settings, once, when a plan is opened.

    Parameters
    ----------
    folder : Path
        Where relative paths start.
    """

    def __init__(self, folder: Path, ways: Ways) -> None:
        self.folder = folder
        self._ways = ways

    def fill(self, settings: ListeningSettings, planned_us: Micros | None) -> ListeningSettings:
        """Look up files, choose from the library, or take a playlist.

        Raises
        ------
        MusicError
            Opening with the key at fault.
        """
        settings = self._begun(settings)
        if settings.library is None and settings.playlist is None and not settings.track:
            return settings
        # Choosing loads much that a session on built-in music never needs.
        from mtsession.app.choosing import built_in_instead  # noqa: PLC0415

        if settings.track:
            chosen = self._take_tracks(settings, planned_us)
        else:
            try:
                chosen = self._choose(settings, planned_us)
            except MusicError as error:
                if self._ways.strict:
                    raise
                return built_in_instead(settings, error)
        return msgspec.structs.replace(chosen, notes=(*self._ways.notes, *chosen.notes))

    def _begun(self, settings: ListeningSettings) -> ListeningSettings:
        """Say which tempo an arc begins with."""
        if not settings.arc or says_start(settings.arc):
            return settings
        if self._ways.start_bpm is not None:
            try:
                return msgspec.structs.replace(settings, start_bpm=self._ways.start_bpm)
            except ValueError as error:
                message, _, hint = str(error).partition("\n")
                raise MusicError(message, hint) from None
        if settings.start_bpm is None:
            message, _, hint = NO_START.partition("\n")
            raise MusicError(message, hint)
        return settings

    def _take_tracks(
        self, settings: ListeningSettings, planned_us: Micros | None
    ) -> ListeningSettings:
        from mtsession.app.choosing import take_tracks  # noqa: PLC0415 - as in `fill`

        with self._measuring() as measure:
            return take_tracks(
                settings,
                self.folder,
                planned_us=planned_us,
                recordings=self._recordings(),
                taste=self._ways.taste,
                measure=measure,
            )

    def _choose(self, settings: ListeningSettings, planned_us: Micros | None) -> ListeningSettings:
        from mtsession.app.choosing import choose, take_playlist  # noqa: PLC0415 - as in `fill`

        if settings.library is not None:
            chosen, _ = choose(
                settings,
                settings.library,
                planned_us=planned_us,
                recordings=self._recordings()(),
                taste=self._ways.taste,
            )
            return chosen
        try:
            with self._measuring() as measure:
                return take_playlist(
                    settings,
                    self.folder / Path(settings.playlist or "").expanduser(),
                    recordings=self._recordings(),
                    taste=self._ways.taste,
                    strict=self._ways.strict,
                    measure=measure,
                )
        except MusicError as error:
            raise MusicError(f"`playlist`: {error.message}", error.hint) from None

    def _recordings(self) -> RecordingsOf:
        from mtsession.app.choosing import library_recordings  # noqa: PLC0415 - as in `fill`

        return self._ways.recordings or library_recordings

    @contextmanager
    def _measuring(self) -> Iterator["Measure"]:
        """Give what measures, for as long as it is needed."""
        from mtsession.app.measuring import Measuring  # noqa: PLC0415 - as in `fill`
        from mtsession.music.found import not_measured  # noqa: PLC0415

        if not self._ways.measured:
            yield not_measured
            return
        with Measuring(self._ways.say) as measure:
            yield measure
