"""An activity's part of the summary, as values that can be drawn without knowing the method."""

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a section: what it is, its value as people read it, and what it rests on.

    Attributes
    ----------
    label : str
        What it is, in plain words.
    text : str
        The value with its unit, or the reason why there is none.
    value : float or None
        The bare value for comparing; None where there is none.
    unit : str
        The unit of `value`.
    n : int or None
        How many observations it rests on.
    key : str
        A stable name for exports, e.g. `ioi_mean_ms`.
    """

    label: str
    text: str
    key: str
    value: float | None = None
    unit: str = ""
    n: int | None = None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """An activity's part of the summary.

    Attributes
    ----------
    line : str
        The whole part as one line of the one-page summary.
    captured, not_captured : tuple of str
        What was recorded here, and what was not.
    """

    activity: int
    method: str
    title: str
    line: str
    figures: tuple[Figure, ...] = ()
    captured: tuple[str, ...] = ()
    not_captured: tuple[str, ...] = ()
    metrics_version: int = 1
