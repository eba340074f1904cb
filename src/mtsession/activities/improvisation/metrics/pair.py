"""Two players of a take beside one another, in everything that is reckoned of a pair."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import msgspec
import numpy as np

from mtsession.activities.improvisation.metrics.arrays import NoteArrays, Whole, onset_groups
from mtsession.activities.improvisation.metrics.imitation import Imitation, imitation_steps
from mtsession.activities.improvisation.metrics.phrases import Phrases
from mtsession.activities.improvisation.metrics.pulse import Pulse
from mtsession.activities.improvisation.metrics.steps import Steps
from mtsession.activities.improvisation.metrics.timing import (
    Circular,
    circular,
    phase_correction,
    to_nearest_beat,
)
from mtsession.activities.improvisation.metrics.together import (
    NO_BEAT,
    Asynchrony,
    LeadFollow,
    asynchrony_steps,
    lead_follow,
    matches,
)
from mtsession.activities.improvisation.metrics.turns import (
    Response,
    Turns,
    response_steps,
    turns,
)
from mtsession.activities.improvisation.metrics.value import Value, median_value, missing

T = TypeVar("T")
NO_TEMPO = "no window in which both keep a pulse"


class Heard(NamedTuple):
    """One player's notes, phrases, and pulse window by window."""

    notes: NoteArrays
    phrases: Phrases
    pulses: tuple[Pulse, ...]


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two players beside one another.

    Attributes
    ----------
    to_beat : tuple of two
        The first's strikes around the second's own beats, then the other way.
    shared_tempo : Value
        Median over windows of the first's tempo over the second's.
    response, imitation : tuple of two
        The first's phrases answered (imitated) by the second, then the other way.
    phase_correction : Value
        What the two together take back of an asynchrony at the next matched strike.
    """

    first: int
    second: int
    asynchrony: Asynchrony
    to_beat: tuple[Circular, Circular]
    phase_correction: Value
    lead_follow: LeadFollow
    shared_tempo: Value
    turns: Turns
    response: tuple[Response, Response]
    imitation: tuple[Imitation, Imitation]


def pair_steps(
    numbers: tuple[int, int],
    players: tuple[Heard, Heard],
    tempo: Sequence[Pulse],
    *,
    within_us: int,
    surrogates: int,
) -> Steps[Pair]:
    """Give everything of two players.

    Parameters
    ----------
    numbers : tuple of two int
        Which players they are.
    tempo : sequence of Pulse
        Windows from which the beat is taken that strikes are matched by.
    within_us : int
        How long an answer or an imitation may take.
    """
    one, two = (player.notes for player in players)
    span, from_us = one.span_us, one.from_us
    a, b = (onset_groups(notes.onset_us) - from_us for notes in (one, two))
    apart = yield from asynchrony_steps(a, b, _beat_us(tempo), span_us=span, surrogates=surrogates)
    ia, ib = matches(a, b, apart.within_us or 0)
    parted = [_moved(player.phrases, from_us) for player in players]
    yield
    to_beat = []
    for strikes, pulses in ((a, players[1].pulses), (b, players[0].pulses)):
        to_beat.append(_to_beat(strikes, pulses, from_us))
        yield
    followed = lead_follow(a, b, apart.within_us)
    yield
    passed = turns(parted, span)
    yield
    answers, echoes = [], []
    for asked, other in (parted, parted[::-1]):
        answers.append(
            (
                yield from response_steps(
                    asked, [other], span_us=span, within_us=within_us, surrogates=surrogates
                )
            )
        )
        yield
    for model, echo in ((one, two), (two, one)):
        echoes.append(
            (yield from imitation_steps(model, echo, within_us=within_us, surrogates=surrogates))
        )
        yield
    return Pair(
        first=numbers[0],
        second=numbers[1],
        asynchrony=apart,
        to_beat=_both(to_beat),
        phase_correction=(
            missing(0, NO_BEAT)
            if apart.within_us is None
            else phase_correction((a[ia] - b[ib]) / 1e6)
        ),
        lead_follow=followed,
        shared_tempo=_shared_tempo(players[0].pulses, players[1].pulses),
        turns=passed,
        response=_both(answers),
        imitation=_both(echoes),
    )


def _to_beat(strikes_us: Whole, pulses: Sequence[Pulse], from_us: int) -> Circular:
    """Give how strikes lie around the beats that another keeps, window by window."""
    away, periods = [], []
    for pulse in pulses:
        if pulse.bpm is not None:
            start, end = pulse.start_us - from_us, pulse.end_us - from_us
            mine = strikes_us[(strikes_us >= start) & (strikes_us < end)]
            beats = np.array(pulse.beats_us, dtype=np.int64) - from_us
            # In parts of its own window's beat, so that windows of different tempi add up.
            away.append(to_nearest_beat(mine, beats) * pulse.bpm / 60)
            periods.append(60 / pulse.bpm)
    if not periods:
        return circular(np.zeros(0), 0.0)
    period = float(np.median(periods))
    return circular(np.concatenate(away) * period, period)


def _both(two: list[T]) -> tuple[T, T]:
    return two[0], two[1]


def _moved(found: Phrases, from_us: int) -> Phrases:
    """Give phrases in times from the window's start."""
    return found._replace(
        start_us=found.start_us - from_us,
        end_us=found.end_us - from_us,
        last_onset_us=found.last_onset_us - from_us,
        breaks=found.breaks - from_us,
    )


def _beat_us(pulses: Sequence[Pulse]) -> int | None:
    known = [60e6 / pulse.bpm for pulse in pulses if pulse.bpm is not None]
    return round(float(np.median(known))) if known else None


def _shared_tempo(ours: Sequence[Pulse], theirs: Sequence[Pulse]) -> Value:
    """Give the median ratio of two players' tempi over the windows in which both keep a pulse."""
    ratios = [
        a.bpm / b.bpm
        for a, b in zip(ours, theirs, strict=True)
        if a.bpm is not None and b.bpm is not None
    ]
    return median_value(np.array(ratios)) if ratios else missing(0, NO_TEMPO)
