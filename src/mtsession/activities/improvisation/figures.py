"""A take's figures as labelled rows, each with its unit and what it rests on."""

from typing import NamedTuple

import msgspec

from mtsession.activities.improvisation.metrics.tallied import SILENT, PlayerFigures
from mtsession.protocol.sections import Figure

FIXED = "fixed by the computer's keys"
UNDEFINED = "not defined here"
PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


class PlayerTake(msgspec.Struct, frozen=True, kw_only=True):
    """One player's figures in one take."""

    player: int
    name: str
    figures: PlayerFigures


class TakeFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One take and each player's figures in it; `outside` counts notes played while paused."""

    take: int
    elapsed_us: int
    outside: int
    players: tuple[PlayerTake, ...]


class _Row(NamedTuple):
    """One figure before the rule on too few notes is applied."""

    label: str
    key: str
    value: float | None
    unit: str
    digits: int
    n: int
    text: str = ""


def figure_rows(take: TakeFigures) -> list[Figure]:
    """Give the rows of one take: its length, then each player's."""
    rows = [
        Figure(
            label=f"Take {take.take}: length",
            text=duration(take.elapsed_us),
            key=f"take{take.take}.length_s",
            value=take.elapsed_us / 1e6,
            unit="s",
        )
    ]
    for player in take.players:
        label, key = f"Take {take.take}, {player.name}", f"take{take.take}.p{player.player + 1}"
        rows += _player_rows(label, key, player.figures)
    return rows


def _player_rows(label: str, key: str, f: PlayerFigures) -> list[Figure]:
    """Give one player's rows; silence is one row that says so."""
    rows = [
        Figure(
            label=f"{label}: notes",
            text=str(f.notes) if f.notes else f"{SILENT} through {duration(f.window_us)}",
            key=f"{key}.notes",
            value=float(f.notes),
            unit="notes",
            n=f.notes,
        )
    ]
    if not f.notes:
        return rows
    for row in [*_time_rows(f), *_spread_rows(f)]:
        value = row.value if f.enough else None
        text = f.why_not or row.text or _number(value, row.digits, row.unit)
        rows.append(
            Figure(
                label=f"{label}: {row.label}",
                text=text,
                key=f"{key}.{row.key}",
                value=value,
                unit=row.unit,
                n=row.n,
            )
        )
    return rows + _trouble_rows(label, key, f)


def _time_rows(f: PlayerFigures) -> list[_Row]:
    """Give when and how densely was played."""
    pause_s = None if f.longest_pause_us is None else f.longest_pause_us / 1e6
    pause = "none" if f.longest_pause_us is None else duration(f.longest_pause_us)
    share = f.active_share
    sounding = UNDEFINED if share is None else f"{percent(share)} of {duration(f.window_us)}"
    gap = "interval between onsets"
    return [
        _Row("density", "density_per_s", f.density_per_s, "notes/s", 2, f.notes),
        _Row("sounding", "active_share", share, "", 2, f.notes, sounding),
        _Row("longest pause", "longest_pause_s", pause_s, "s", 1, f.notes, pause),
        _Row(f"{gap}, mean", "ioi_mean_ms", f.ioi_mean_ms, "ms", 0, f.iois),
        _Row(f"{gap}, median", "ioi_median_ms", f.ioi_median_ms, "ms", 0, f.iois),
        _Row(f"{gap}, standard deviation", "ioi_sd_ms", f.ioi_sd_ms, "ms", 0, f.iois),
        _Row(f"{gap}, CV", "ioi_cv", f.ioi_cv, "", 2, f.iois),
        _Row(f"{gap}, nPVI", "ioi_npvi", f.ioi_npvi, "", 1, f.iois),
    ]


def _spread_rows(f: PlayerFigures) -> list[_Row]:
    """Give how loud and how high was played."""
    rows = []
    if f.velocity is None:
        rows.append(_Row("velocity", "velocity_median", None, "", 0, f.notes, FIXED))
    else:
        v, n = f.velocity, f.notes - f.fixed_velocity
        rows += [
            _Row("velocity, median", "velocity_median", v.median, "", 1, n),
            _Row("velocity, 10th percentile", "velocity_p10", v.p10, "", 1, n),
            _Row("velocity, 90th percentile", "velocity_p90", v.p90, "", 1, n),
            _Row("velocity, lowest", "velocity_min", v.low, "", 0, n),
            _Row("velocity, highest", "velocity_max", v.high, "", 0, n),
        ]
    if f.pitch is not None:
        p = f.pitch
        low, high = (f"{pitch_name(end)} ({end})" for end in (p.low, p.high))
        rows += [
            _Row("pitch, lowest", "pitch_min", p.low, "", 0, f.notes, low),
            _Row("pitch, highest", "pitch_max", p.high, "", 0, f.notes, high),
            _Row("pitch, mean", "pitch_mean", p.mean, "", 1, f.notes),
        ]
    return rows


def _trouble_rows(label: str, key: str, f: PlayerFigures) -> list[Figure]:
    """Give what was odd about the messages, where anything was."""
    found = (
        ("keys still down at the end", "stuck", f.stuck),
        ("keys down when the port went away or the take paused", "cut", f.cut),
        ("strikes of a key that was down", "doubled", f.doubled),
        ("releases of a key that was not down", "unmatched", f.unmatched),
    )
    return [
        Figure(
            label=f"{label}: {what}",
            text=str(count),
            key=f"{key}.{field}",
            value=float(count),
            unit="notes",
            n=f.notes,
        )
        for what, field, count in found
        if count
    ]


def pitch_name(pitch: int) -> str:
    """Name a MIDI pitch, middle C (60) being C4.

    Examples
    --------
    >>> pitch_name(60), pitch_name(21)
    ('C4', 'A0')
    """
    return f"{PITCHES[pitch % 12]}{pitch // 12 - 1}"


def duration(us: int) -> str:
    """Give a length of time as people say it: exact to a second, from ten minutes to a minute.

    Examples
    --------
    >>> duration(48_200_000), duration(150_000_000), duration(671_000_000)
    ('48 s', '2 min 30 s', '11 min')
    """
    if us < 9_950_000:
        return f"{us / 1e6:.1f} s"
    whole = (us + 500_000) // 1_000_000
    if whole < 120:
        return f"{whole} s"
    if whole < 600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{(whole + 30) // 60} min"


def percent(share: float) -> str:
    """Give a share in whole per cent."""
    return f"{share * 100:.0f} %"


def _number(value: float | None, digits: int, unit: str) -> str:
    if value is None:
        return UNDEFINED
    return f"{value:.{digits}f} {unit}".strip()
