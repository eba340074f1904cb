"""Everything that is reckoned over a take: each player, each pair, the tempo, the engagement."""

from collections.abc import Sequence
from itertools import combinations

import msgspec
import numpy as np

from mtsession.activities.improvisation.metrics import basics as plain
from mtsession.activities.improvisation.metrics.arrays import (
    NoteArrays,
    Whole,
    crossed,
    onset_groups,
    window,
)
from mtsession.activities.improvisation.metrics.novelty import Turning, turnings
from mtsession.activities.improvisation.metrics.pair import Heard, Pair, pair_steps
from mtsession.activities.improvisation.metrics.phrases import (
    PhraseFigures,
    begun_after_silence,
    phrase_figures,
    phrases,
)
from mtsession.activities.improvisation.metrics.pulse import Pulse
from mtsession.activities.improvisation.metrics.steps import Steps, finish
from mtsession.activities.improvisation.metrics.timing import drift
from mtsession.activities.improvisation.metrics.tones import (
    Tonality,
    class_entropy,
    roughness,
    tonality,
)
from mtsession.activities.improvisation.metrics.turns import (
    ANSWER_US,
)
from mtsession.activities.improvisation.metrics.value import (
    Value,
    mean_value,
    median_value,
    missing,
    share_value,
    slope_value,
)
from mtsession.activities.improvisation.metrics.windows import (
    WINDOW_US,
    Cut,
    Pulses,
    pulses_of,
    windows_of,
)

SURROGATES = 200
FEWEST_SURROGATES = 20
MOST_SHIFTED = 4_000_000


class PlayerWindow(msgspec.Struct, frozen=True, kw_only=True):
    """One player's plain figures in one window; a silent window is a row too."""

    start_us: int
    end_us: int
    notes: int
    active_share: float | None
    density_per_s: float | None
    ioi_median_us: float | None
    velocity_median: float | None
    pitch_mean: float | None


class PlayerWhole(msgspec.Struct, frozen=True, kw_only=True):
    """One player's figures over a take."""

    basics: plain.Basics
    ioi_mean_us: Value
    ioi_median_us: Value
    articulation: Value
    velocity_median: Value
    velocity_slope_per_min: Value
    pitch_mean: Value
    tonality: Tonality
    pitch_class_entropy: float | None
    roughness: float | None
    phrases: PhraseFigures
    initiation: Value
    turnings: tuple[Turning, ...]
    windows: tuple[PlayerWindow, ...]
    pulses: tuple[Pulse, ...]


class TakeWhole(msgspec.Struct, frozen=True, kw_only=True):
    """All figures of a take."""

    span_us: int
    window_us: int
    players: tuple[PlayerWhole, ...]
    tempo: tuple[Pulse, ...]
    drift_bpm_per_min: Value
    pairs: tuple[Pair, ...]


def analyse(
    parts: Sequence[NoteArrays],
    *,
    window_us: int = WINDOW_US,
    within_us: int = ANSWER_US,
    surrogates: int = SURROGATES,
    compared: int | None = None,
) -> TakeWhole:
    """Give every figure of a take.

    Parameters
    ----------
    parts : sequence of NoteArrays
        Each player's notes, all over the same window.
    window_us : int
        Length of the windows for tempo and course.
    within_us : int
        How long an answer or an imitation may take.
    surrogates : int
        Shifts for the chance level; in takes of many hours fewer, but at least 20.
    compared : int, optional
        How many players at most are set beside one another: the first of them who play.
    """
    cuts = windows_of(parts[0].span_us, window_us, parts[0].from_us)
    return finish(
        analysis_steps(
            parts,
            pulses_of(parts, cuts),
            window_us=window_us,
            within_us=within_us,
            surrogates=surrogates,
            compared=compared,
        )
    )


def analysis_steps(
    parts: Sequence[NoteArrays],
    pulses: Pulses,
    *,
    window_us: int = WINDOW_US,
    within_us: int = ANSWER_US,
    surrogates: int = SURROGATES,
    compared: int | None = None,
) -> Steps[TakeWhole]:
    """Give every figure of a take whose pulses are known, in portions; as `analyse`."""
    affordable = max(FEWEST_SURROGATES, MOST_SHIFTED // max(sum(part.n for part in parts), 1))
    surrogates = min(surrogates, affordable)
    cuts = windows_of(parts[0].span_us, window_us, parts[0].from_us)
    heard = []
    for part, alone in zip(parts, pulses.players, strict=True):
        heard.append(Heard(part, phrases(part), alone))
        yield
    begun = begun_after_silence([each.phrases for each in heard])
    players = []
    for each, first in zip(heard, begun, strict=True):
        players.append((yield from _player_steps(each, share_value(first, sum(begun)), cuts)))
        yield
    drifted = _drift(pulses.together)
    yield
    pairs = []
    beside = [index for index, part in enumerate(parts) if part.n or len(parts) <= 2]
    for i, j in combinations(beside[:compared], 2):
        beat = pulses.together if len(parts) == 2 else (*pulses.players[i], *pulses.players[j])
        pairs.append(
            (
                yield from pair_steps(
                    (i, j),
                    (heard[i], heard[j]),
                    beat,
                    within_us=within_us,
                    surrogates=surrogates,
                )
            )
        )
    return TakeWhole(
        span_us=parts[0].span_us,
        window_us=window_us,
        players=tuple(players),
        tempo=pulses.together,
        drift_bpm_per_min=drifted,
        pairs=tuple(pairs),
    )


def _player_steps(heard: Heard, initiation: Value, cuts: Sequence[Cut]) -> Steps[PlayerWhole]:
    part = heard.notes
    whole = plain.basics(part)
    yield
    groups = onset_groups(part.onset_us)
    gaps = np.diff(groups)[~crossed(groups[:-1], groups[1:], part.breaks)].astype(np.float64)
    known = part.velocity > 0
    loud = part.velocity[known].astype(np.float64)
    minutes = (part.onset_us[known] - part.from_us) / 60e6
    keys = median_value(plain.articulations(part))
    yield
    key, entropy, rough = tonality(part), class_entropy(part), roughness(part)
    yield
    turned = turnings(part)
    yield
    windows = []
    for index, cut in enumerate(cuts):
        windows.append(player_window(part, *cut))
        if index % 8 == 7:
            yield
    return PlayerWhole(
        basics=whole,
        ioi_mean_us=mean_value(gaps),
        ioi_median_us=median_value(gaps),
        articulation=keys,
        velocity_median=median_value(loud),
        velocity_slope_per_min=slope_value(minutes, loud),
        pitch_mean=mean_value(part.pitch.astype(np.float64)),
        tonality=key,
        pitch_class_entropy=entropy,
        roughness=rough,
        phrases=phrase_figures(heard.phrases),
        initiation=initiation,
        turnings=turned,
        windows=tuple(windows),
        pulses=heard.pulses,
    )


def player_window(part: NoteArrays, start_us: int, end_us: int) -> PlayerWindow:
    """Give a player's plain figures of one window; a note held from before sounds on in it."""
    inside = window(part, start_us, end_us)
    found = plain.basics(inside)
    before = int(np.searchsorted(part.onset_us, start_us))
    reach = np.flatnonzero(part.end_us[:before] > start_us)
    held = inside
    if len(reach):
        held = inside._replace(
            onset_us=np.concatenate((np.full(len(reach), start_us), inside.onset_us)),
            end_us=np.concatenate((np.minimum(part.end_us[reach], end_us), inside.end_us)),
            pitch=np.concatenate((part.pitch[reach], inside.pitch)),
        )
    sounding, captured = plain.active_us(held), inside.window_us
    return PlayerWindow(
        start_us=start_us,
        end_us=end_us,
        notes=found.notes,
        active_share=sounding / captured if captured else None,
        density_per_s=found.density_per_s,
        ioi_median_us=found.ioi.median_us,
        velocity_median=found.velocity.median,
        pitch_mean=found.pitch.mean,
    )


def _drift(pulses: Sequence[Pulse]) -> Value:
    """Give the drift over all beats, windows of another octave left out."""
    known = [pulse for pulse in pulses if pulse.bpm is not None]
    if not known:
        return missing(0, "no steady pulse")
    middle = float(np.median([pulse.bpm for pulse in known if pulse.bpm is not None]))
    beats: list[int] = []
    for pulse in known:
        if pulse.bpm is not None and 0.7 < pulse.bpm / middle < 1.4:
            beats += [beat for beat in pulse.beats_us if not beats or beat - beats[-1] > 200_000]
    return drift(_without_gaps(np.array(beats, dtype=np.int64), 60e6 / middle))


def _without_gaps(beats: Whole, period_us: float) -> Whole:
    """Keep the longest run of beats in which none is missing."""
    cuts = np.flatnonzero(np.diff(beats) > 1.6 * period_us) + 1
    runs = np.split(beats, cuts)
    return max(runs, key=len)
