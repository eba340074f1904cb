"""What is reckoned of the take that goes on, or of the last one, as the screen shows it."""

from collections.abc import Sequence

from mtsession.activities.improvisation.ensemble import Ensemble
from mtsession.activities.improvisation.figures import PlayerTake, metric_rows
from mtsession.activities.improvisation.metrics.live import STEP_US, LiveReckoning, Round
from mtsession.activities.improvisation.to_music import (
    Surroundings,
    ToMusic,
    music_rows,
    to_music,
)
from mtsession.protocol.metrics import PlayedSoFar, Strand, TempoSpan
from mtsession.timeline.units import Micros


class SoFar:
    """Follows the latest take.

    Attributes
    ----------
    shown : PlayedSoFar
        What the last round that was finished found.
    """

    def __init__(self) -> None:
        self._take = 0
        self._reckoning: LiveReckoning | None = None
        self.shown = PlayedSoFar()

    def advance(self, ensemble: Ensemble, around: Surroundings, now_us: int) -> None:
        """Go on for some milliseconds at most."""
        take = ensemble.takes[-1] if ensemble.takes else None
        if take is None:
            return
        if self._reckoning is None or self._take != take.number:
            self._take = take.number
            self._reckoning = LiveReckoning(take.start_us)
            self.shown = PlayedSoFar()
        columns = {player: part.columns for player, part in take.parts.items()}
        at_us = take.at(now_us)
        if self._reckoning.advance(columns, at_us, over=not take.running):
            found = self._reckoning.latest
            if found is not None:
                music = to_music(ensemble, take, around, found.to_us, from_us=found.from_us)
                self.shown = _shown(ensemble, found, music)


def _shown(ensemble: Ensemble, found: Round, music: Sequence[ToMusic]) -> PlayedSoFar:
    players = [
        PlayerTake(
            player=player,
            name=ensemble.players[player].name,
            role=ensemble.players[player].role,
            figures=whole.basics,
        )
        for player, whole in zip(found.players, found.whole.players, strict=True)
    ]
    rows = metric_rows(players, found.whole, "now")
    for each in music:
        name = ensemble.players[each.player].name
        rows += music_rows(each, name, f"now.p{each.player + 1}")
    return PlayedSoFar(
        rows=tuple(rows),
        from_us=Micros(found.from_us),
        to_us=Micros(found.to_us),
        whole_take=found.final,
        strands=tuple(
            Strand(player=player + 1, density=strand.density, velocity=strand.velocity)
            for player, strand in zip(found.players, found.strands, strict=True)
        ),
        step_us=Micros(STEP_US),
        tempi=tuple(
            TempoSpan(
                start_us=Micros(pulse.start_us),
                end_us=Micros(pulse.end_us),
                bpm=pulse.bpm,
                steady=pulse.steady,
            )
            for pulse in found.tempi
        ),
    )
