"""One player's figures as rows, each with its unit and what it rests on.

Below eight intervals the notes are counted and the rest says why it is not shown.
"""

from mtsession.activities.improvisation.metrics.basics import SILENT, Basics
from mtsession.activities.improvisation.metrics.pulse import NO_PULSE, NOT_LOOKED_FOR, Pulse
from mtsession.activities.improvisation.metrics.value import NOT_DEFINED, TOO_FEW, Value
from mtsession.activities.improvisation.metrics.whole import PlayerWhole, TakeWhole
from mtsession.activities.improvisation.words import counted, duration, percent, pitch_name
from mtsession.protocol.metrics import MetricRow

FIXED = "fixed by the computer's keys"
EVERYBODY = "all together"


class RowMaker:
    """Makes the rows of one player, or of two, by one rule.

    Parameters
    ----------
    who, key : str
        Whom the rows tell of, in words and as the beginning of their keys.
    why_not : str
        Why nothing is shown; empty where figures are.
    """

    def __init__(self, who: str, key: str, why_not: str = "") -> None:
        self._who = who
        self._key = key
        self._why_not = why_not
        self.rows: list[MetricRow] = []

    def add(
        self,
        topic: str,
        key: str,
        label: str,
        value: Value | float | None,
        *,
        unit: str = "",
        digits: int = 2,
        n: int | None = None,
        scale: float = 1.0,
        text: str = "",
        reason: str = "",
        fewest: int = 1,
    ) -> None:
        """Add a row; a value that rests on less than `fewest` is not shown.

        Parameters
        ----------
        scale : float
            What value and interval are multiplied by.
        text : str
            The value in words, where its number and unit are not enough.
        """
        found = value if isinstance(value, Value) else Value(value=value, n=n or fewest)
        known = found.value is not None and not self._why_not and found.n >= fewest
        shown = None if found.value is None or not known else found.value * scale
        if shown is not None:
            told = text or f"{shown:.{digits}f} {unit}".strip()
        else:
            told = (
                self._why_not
                or reason
                or found.reason
                or (TOO_FEW if found.value is not None else NOT_DEFINED)
            )
        ends = (found.low, found.high, found.chance, found.chance_high)
        low, high, chance, chance_high = (
            None if end is None or not known else end * scale for end in ends
        )
        self.rows.append(
            MetricRow(
                topic=topic, key=f"{self._key}.{key}", who=self._who, label=label, text=told,
                value=shown, unit=unit, digits=digits,
                n=found.n if isinstance(value, Value) else n,
                low=low, high=high, chance=chance, chance_high=chance_high,
            )
        )  # fmt: skip


def plain_rows(who: str, key: str, found: Basics) -> list[MetricRow]:
    """Give a player's plain rows; silence is one row that says so."""
    first = RowMaker(who, key)
    silence = f"{SILENT} through {duration(found.window_us)}"
    first.add(
        "notes", "notes", "notes", float(found.notes), unit="notes", n=found.notes,
        text=str(found.notes) if found.notes else silence,
    )  # fmt: skip
    if not found.notes:
        return first.rows
    make = RowMaker(who, key, found.why_not)
    _time_rows(make, found)
    _spread_rows(make, found)
    return [*first.rows, *make.rows]


def _time_rows(make: RowMaker, f: Basics) -> None:
    """Give when and how densely was played."""
    pause = f.longest_pause_us
    share = f.active_share
    sounding = "" if share is None else f"{percent(share)} of {duration(f.window_us)}"
    make.add("density", "density_per_s", "density", f.density_per_s, unit="notes/s", n=f.notes)
    make.add("sounding", "active_share", "sounding", share, n=f.notes, text=sounding)
    make.add(
        "longest pause", "longest_pause_s", "longest pause", pause, scale=1e-6, unit="s",
        digits=1, n=f.notes, text="" if pause is None else duration(pause), reason="none",
    )  # fmt: skip
    gap, n = "onset interval", f.ioi.n
    for name, value, label in (
        ("mean", f.ioi.mean_us, "mean"),
        ("median", f.ioi.median_us, "median"),
        ("sd", f.ioi.sd_us, "standard deviation"),
    ):
        topic = "ioi.sd" if name == "sd" else "ioi"
        make.add(topic, f"ioi_{name}_ms", f"{gap}, {label}", value, scale=1e-3, unit="ms",
                 digits=0, n=n)  # fmt: skip
    make.add("ioi.cv", "ioi_cv", f"{gap}, CV", f.ioi.cv, n=n)
    make.add("ioi.npvi", "ioi_npvi", f"{gap}, nPVI", f.ioi.npvi, digits=1, n=n)


def _spread_rows(make: RowMaker, f: Basics) -> None:
    """Give how loud and how high was played."""
    v, p = f.velocity, f.pitch
    if not v.n:
        make.add("velocity", "velocity_median", "velocity", None, n=f.notes, reason=FIXED)
    else:
        for label, key, value, digits in (
            ("median", "median", v.median, 1),
            ("10th percentile", "p10", v.p10, 1),
            ("90th percentile", "p90", v.p90, 1),
            ("lowest", "min", v.low, 0),
            ("highest", "max", v.high, 0),
        ):
            make.add("velocity", f"velocity_{key}", f"velocity, {label}", value, digits=digits,
                     n=v.n)  # fmt: skip
    for label, key, end in (("lowest", "min", p.low), ("highest", "max", p.high)):
        name = "" if end is None else f"{pitch_name(end)} ({end})"
        make.add("pitch", f"pitch_{key}", f"pitch, {label}", end, digits=0, n=p.n, text=name)
    make.add("pitch", "pitch_mean", "pitch, mean", p.mean, digits=1, n=p.n)


def further_rows(who: str, key: str, player: PlayerWhole) -> list[MetricRow]:
    """Give what a player's notes tell beyond the plain rows; nothing of silence."""
    basics = player.basics
    if not basics.notes:
        return []
    make = RowMaker(who, key, basics.why_not)
    make.add("articulation", "articulation", "articulation", player.articulation)
    make.add("velocity.slope_per_min", "velocity_slope_per_min", "velocity, slope",
             player.velocity_slope_per_min, unit="a minute", digits=1)  # fmt: skip
    key_found = player.tonality
    make.add(
        "tonality", "tonality", "key that fits best", key_found.r, n=key_found.n,
        text=f"{key_found.key}, r {key_found.r or 0:.2f}, {key_found.margin or 0:.2f} ahead of"
        f" {key_found.second}",
        reason=key_found.reason or "",
    )  # fmt: skip
    make.add("pitch_class_entropy", "pitch_class_entropy", "evenness of pitch classes",
             player.pitch_class_entropy, n=basics.notes)  # fmt: skip
    make.add("roughness", "roughness", "roughness", player.roughness, n=basics.notes)
    said = player.phrases
    make.add("phrases", "phrases", "phrases", float(said.n), digits=0, n=said.n)
    for label, name, value in (
        ("median length", "length", said.median_length_us),
        ("median pause", "pause", said.median_pause_us),
    ):
        make.add("phrases", f"phrase_{name}_s", f"phrases, {label}", value, scale=1e-6, unit="s",
                 digits=1, n=said.n)  # fmt: skip
    begun = player.initiation
    make.add(
        "initiation", "initiation", "begins after joint silence", begun,
        text=f"{round((begun.value or 0) * begun.n)} of {begun.n}",
        reason="nobody began after joint silence",
    )  # fmt: skip
    turned = len(player.turnings)
    make.add("novelty", "novelty", "moments of change", float(turned), n=turned,
             text=counted(turned, "moment"))  # fmt: skip
    _pulse_rows(make, player.pulses)
    return make.rows


def tempo_rows(key: str, take: TakeWhole) -> list[MetricRow]:
    """Give the tempo of all together, and whether it moves."""
    make = RowMaker(EVERYBODY, key)
    _pulse_rows(make, take.tempo)
    make.add("drift_bpm_per_min", "drift_bpm_per_min", "tempo drift", take.drift_bpm_per_min,
             unit="BPM a minute", digits=1)  # fmt: skip
    return make.rows


def _pulse_rows(make: RowMaker, pulses: tuple[Pulse, ...]) -> None:
    """Give the tempo over windows: the last that has one, its rival beside it."""
    pulses = tuple(pulse for pulse in pulses if pulse.reason != NOT_LOOKED_FOR)
    known = [pulse for pulse in pulses if pulse.bpm is not None]
    steady = sum(pulse.steady for pulse in pulses)
    last = known[-1] if known else None
    rival = "" if last is None or last.rival_bpm is None else f" (or {last.rival_bpm:.0f})"
    about = "" if last is None or last.steady else "about "
    make.add(
        "bpm", "bpm", "tempo", None if last is None else last.bpm, unit="BPM", digits=0,
        n=0 if last is None else last.onsets,
        text=f"{about}{0 if last is None else last.bpm:.0f} BPM{rival},"
        f" steady in {steady} of {counted(len(pulses), 'window')}",
        reason=NO_PULSE,
    )  # fmt: skip
    clear = [pulse.clarity for pulse in pulses if pulse.clarity is not None]
    make.add("clarity", "clarity", "pulse clarity", clear[-1] if clear else None, n=len(clear),
             reason=TOO_FEW)  # fmt: skip
