"""What a Standard MIDI File tells of the people who played it, as plain values for JSON."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from mtsession.activities.improvisation.metrics.arrays import NoteArrays
from mtsession.activities.improvisation.metrics.basics import (
    FEWEST_IOIS,
    METRICS_VERSION,
    SILENT,
    Basics,
    Range,
    iois,
)
from mtsession.activities.improvisation.metrics.engagement import engagement
from mtsession.activities.improvisation.metrics.pair import Pair
from mtsession.activities.improvisation.metrics.pulse import Pulse
from mtsession.activities.improvisation.metrics.timing import FEWEST_CIRCULAR, Circular
from mtsession.activities.improvisation.metrics.together import FEWEST_MATCHED
from mtsession.activities.improvisation.metrics.value import TOO_FEW, Value
from mtsession.activities.improvisation.metrics.whole import (
    PlayerWhole,
    PlayerWindow,
    TakeWhole,
    analyse,
)
from mtsession.app.midi_players import Played, play, seats_of
from mtsession.errors import MidiError
from mtsession.midi.smf_reading import open_smf

NOT_CAPTURED = ("voice", "acoustic instruments")
MOST_PLAYERS = 16
SHORTEST_WINDOW_US = 1_000_000


def analyse_midi(path: Path, *, players: str | None = None, window_s: float = 30) -> dict[str, Any]:
    """Give every figure of a MIDI file.

    Parameters
    ----------
    path : Path
        A Standard MIDI File of type 0 or 1.
    players : str, optional
        Who played what: `client=1,therapist=2` by track, `client=channel:1`,
        `client=keys:0-59,therapist=keys:60-127`, or `one` for a single player. By
        default each track with notes is a player; in a file of one track each channel.
    window_s : float
        Length of the windows for tempo and course.

    Returns
    -------
    dict
        Plain values for JSON; what cannot be had is None, and its `reasons` says why.

    Raises
    ------
    MidiError
        If nothing of the file can be read, or `players` names what is not there.
    """
    song = open_smf(path)
    seats = seats_of(song, players)
    if len(seats) > MOST_PLAYERS:
        raise MidiError(
            f"{path.name} has {len(seats)} players; {MOST_PLAYERS} can be told apart.",
            "Say who plays what with --players, for instance --players client=1,therapist=2.",
        )
    played = [play(song, seat) for seat in seats]
    whole = analyse([each.notes for each in played], window_us=round(window_s * 1e6))
    return {
        "path": str(path),
        "format": song.kind,
        "duration_us": song.end_us,
        "metrics_version": METRICS_VERSION,
        "players": [
            _player(each, figures) for each, figures in zip(played, whole.players, strict=True)
        ],
        "tempo": _tempo(whole),
        "interaction": _interaction(whole, [each.name for each in played]),
        "engagement": msgspec.to_builtins(engagement(whole, [each.name for each in played])),
        "not_captured": list(NOT_CAPTURED),
        "notices": list(song.notices),
    }


def _player(played: Played, whole: PlayerWhole) -> dict[str, Any]:
    """Give one player's part; below 8 intervals only counts and shares."""
    found = whole.basics
    few = found.ioi.n < FEWEST_IOIS
    silent = not found.notes
    rate, share = found.density_per_s, found.active_share
    why = SILENT if silent else TOO_FEW
    reasons: dict[str, str] = {}

    def shown(key: str, value: Any, reason: str = "not defined here") -> Any:
        if few or value is None:
            reasons[key] = why if few else reason
            return None
        return value

    def parts(key: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: shown(f"{key}.{name}", value) for name, value in values.items()}

    tonality = msgspec.to_builtins(whole.tonality)
    row = {
        "name": played.name,
        "notes": found.notes,
        "onsets": found.onsets,
        "window_us": found.window_us,
        "density_per_s": found.density_per_s if silent else shown("density_per_s", rate),
        "active_us": found.active_us,
        "active_share": found.active_share if silent else shown("active_share", share),
        "ioi": {"n": found.ioi.n} | parts("ioi", _iois(found)),
        "duration_npvi": shown("duration_npvi", _duration_npvi(played.notes)),
        "velocity": {"n": found.velocity.n}
        | parts("velocity", _range(found.velocity))
        | {"slope_per_min": shown("velocity.slope_per_min", whole.velocity_slope_per_min.value)},
        "pitch": {"n": found.pitch.n} | parts("pitch", _range(found.pitch)),
        "articulation": shown("articulation", whole.articulation.value),
        "tonality": parts("tonality", {k: tonality[k] for k in ("key", "r", "second", "margin")}),
        "pitch_class_entropy": shown("pitch_class_entropy", whole.pitch_class_entropy),
        "roughness": shown("roughness", whole.roughness),
        "phrases": msgspec.to_builtins(whole.phrases),
        "initiation": value_row(whole.initiation),
        "novelty": msgspec.to_builtins(whole.turnings),
        "intervals": _intervals(whole, few=few),
        "windows": [_window_row(each) for each in whole.windows],
        "doubled": played.doubled,
        "unmatched": played.unmatched,
        "stuck": played.stuck,
    }
    return row | {"reasons": reasons}


def _window_row(found: PlayerWindow) -> dict[str, Any]:
    """Give one window; in the scrap that a take may end with, a rate would be none."""
    row: dict[str, Any] = msgspec.to_builtins(found)
    if found.end_us - found.start_us < SHORTEST_WINDOW_US:
        row |= {"density_per_s": None, "active_share": None, "reason": "too short a window"}
    return row


def _iois(found: Basics) -> dict[str, float | None]:
    ioi = found.ioi
    return {
        "mean_us": ioi.mean_us, "median_us": ioi.median_us, "sd_us": ioi.sd_us,
        "cv": ioi.cv, "npvi": ioi.npvi,
    }  # fmt: skip


def _duration_npvi(notes: NoteArrays) -> float | None:
    """Give the nPVI of key-down times, as it was defined for durations."""
    return iois(notes.released_us - notes.onset_us).npvi


def _range(found: Range) -> dict[str, float | None]:
    return {
        "median": found.median, "mean": found.mean, "sd": found.sd, "p10": found.p10,
        "p90": found.p90, "min": found.low, "max": found.high,
    }  # fmt: skip


def _intervals(whole: PlayerWhole, *, few: bool) -> dict[str, list[float | None] | None]:
    """Give the 95 % intervals of those figures that have one."""
    known = {
        "ioi.mean_us": whole.ioi_mean_us,
        "ioi.median_us": whole.ioi_median_us,
        "articulation": whole.articulation,
        "velocity.median": whole.velocity_median,
        "velocity.slope_per_min": whole.velocity_slope_per_min,
        "pitch.mean": whole.pitch_mean,
    }
    return {
        key: None if few or value.low is None else [value.low, value.high]
        for key, value in known.items()
    }


def _tempo(whole: TakeWhole) -> dict[str, Any]:
    steady = sum(pulse.steady for pulse in whole.tempo)
    return {
        "windows": [pulse_row(pulse) for pulse in whole.tempo],
        "steady_windows": steady,
        "drift_bpm_per_min": value_row(whole.drift_bpm_per_min),
    }


def pulse_row(pulse: Pulse) -> dict[str, Any]:
    """Give one window's tempo and beats."""
    return {
        "start_us": pulse.start_us,
        "end_us": pulse.end_us,
        "bpm": pulse.bpm,
        "rival_bpm": pulse.rival_bpm,
        "steady": pulse.steady,
        "beats_us": list(pulse.beats_us),
        "cv": pulse.cv,
        "clarity": pulse.clarity,
        "onsets": pulse.onsets,
        "reason": pulse.reason,
    }


def _interaction(whole: TakeWhole, names: Sequence[str]) -> dict[str, Any]:
    if len(names) < 2:
        return {"pairs": [], "reason": "one player"}
    return {"pairs": [_pair(pair, names) for pair in whole.pairs], "reason": None}


def _pair(pair: Pair, names: Sequence[str]) -> dict[str, Any]:
    first, second = names[pair.first], names[pair.second]
    apart = pair.asynchrony
    ways = ((first, second), (second, first))

    def matched(value: Value) -> dict[str, Any]:
        return value_row(value, fewest=FEWEST_MATCHED)

    return {
        "players": [first, second],
        "asynchrony": {
            "within_us": apart.within_us,
            "mean_ms": matched(apart.mean_ms),
            "sd_ms": matched(apart.sd_ms),
            "mean_absolute_ms": matched(apart.mean_absolute_ms),
            "matched_share": matched(apart.matched_share),
        },
        "timing_to_beat": [
            {"strikes_of": of, "beats_of": by} | _circular(found)
            for (of, by), found in zip(ways, pair.to_beat, strict=True)
        ],
        "phase_correction": matched(pair.phase_correction),
        "lead_follow": {
            "lag_0": matched(pair.lead_follow.same),
            "lag_minus_1": matched(pair.lead_follow.first_follows),
            "lag_plus_1": matched(pair.lead_follow.second_follows),
        },
        "shared_tempo": value_row(pair.shared_tempo),
        "turn_taking": {
            "switches": pair.turns.switches,
            "switches_per_min": pair.turns.switches_per_min,
            "floor_transfer_ms": value_row(pair.turns.transfer_ms),
            "overlap_share": pair.turns.overlap_share,
        },
        "response": [
            {
                "phrases_of": asked,
                "answered_by": by,
                "phrases": found.phrases,
                "answered": found.answered,
                "within_us": found.within_us,
                "share": value_row(found.share),
                "delay_ms": value_row(found.delay_ms),
            }
            for (asked, by), found in zip(ways, pair.response, strict=True)
        ],
        "imitation": [
            {
                "figures_of": model,
                "by": by,
                "within_us": found.within_us,
                "match": matched(found.match),
                "excess": matched(found.excess),
                "exact_share": matched(found.exact_share),
            }
            for (model, by), found in zip(ways, pair.imitation, strict=True)
        ],
    }


def _circular(found: Circular) -> dict[str, Any]:
    """Give circular figures, or why there are none."""
    row: dict[str, Any] = msgspec.to_builtins(found)
    if found.n < FEWEST_CIRCULAR:
        reason = found.reason or TOO_FEW
        return dict.fromkeys(row) | {"n": found.n, "reason": reason}
    return row


def value_row(value: Value, *, fewest: int = 1) -> dict[str, Any]:
    """Give a figure for JSON; one that rests on too little is null with its reason."""
    if value.value is None or value.n < fewest:
        return {"value": None, "n": value.n, "reason": value.reason or TOO_FEW}
    return {
        "value": value.value,
        "n": value.n,
        "interval": None if value.low is None else [value.low, value.high],
        "chance": value.chance,
        "chance_95": value.chance_high,
        "reason": None,
    }


def analyse_all(
    paths: Iterable[Path], *, players: str | None, window_s: float
) -> Iterable[tuple[Path, dict[str, Any] | MidiError]]:
    """Give one file after the other; one that cannot be read is told, and the others go on."""
    for path in paths:
        try:
            yield path, analyse_midi(path, players=players, window_s=window_s)
        except MidiError as error:
            yield path, error
