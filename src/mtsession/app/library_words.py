"""What a recording is, said in short for a list and in sentences beside it; all pure."""

from mtsession.app.plain_text import printable
from mtsession.music.recording import Analysis, Recording, Taste

SURE_FROM, FAIRLY_SURE_FROM = 0.9, 0.7
LOCKED, DECIDED, UNSURE, TAGGED = "L", "m", "?", "t"
MARKS = (
    (LOCKED, "locked"),
    (DECIDED, "my decision"),
    (UNSURE, "measured, but unsure"),
    (TAGGED, "from the file's tag"),
)
HOW = {
    "doubled": "doubled by you",
    "halved": "halved by you",
    "typed": "typed by you",
    "tapped": "tapped by you",
    "shifted": "as measured, its bars set by you",
    "as measured": "as measured",
}
LIKING = {
    "+": "{client} likes it.",
    "-": "{client} dislikes it.",
    "!": "Never for {client}.",
}
MOST_RIVALS = 3
WORTH_SAYING_S = 1.0
CLEAR_KEY_FROM, VAGUE_KEY_BELOW = 0.7, 0.4


def decided(recording: Recording) -> bool:
    """Tell whether the therapist said at which tempo a recording counts."""
    return recording.decision.locked or recording.decision.how not in {"as measured", "shifted"}


def unsure(recording: Recording) -> bool:
    """Tell whether a recording's tempo waits for the therapist's ear."""
    analysis = recording.analysis
    if decided(recording) or analysis is None or analysis.bpm is None:
        return False
    return analysis.confidence is None or analysis.confidence < SURE_FROM


def tempo_mark(recording: Recording) -> str:
    """Give the one letter that stands behind a tempo in the list."""
    if recording.decision.locked:
        return LOCKED
    if decided(recording):
        return DECIDED
    if recording.bpm is None:
        return ""
    if recording.analysis is None or recording.analysis.bpm is None:
        return TAGGED
    return UNSURE if unsure(recording) else ""


def length_words(recording: Recording) -> str:
    """Give the length for a list, in minutes and seconds however long it is."""
    length = recording.duration_s
    if length is None:
        return ""
    minutes, seconds = divmod(int(length), 60)
    return f"{minutes}:{seconds:02}"


def bpm_words(bpm: float) -> str:
    """Write a tempo with the decimals that it has.

    Examples
    --------
    >>> bpm_words(66.0), bpm_words(66.5), bpm_words(65.98)
    ('66', '66.5', '65.98')
    """
    return f"{bpm:.2f}".rstrip("0").rstrip(".")


def taste_sign(content: str, taste: Taste | None) -> str:
    """Give the sign of what a client likes, dislikes or must never be played."""
    if taste is None:
        return ""
    if content in taste.never:
        return "!"
    if content in taste.likes:
        return "+"
    return "-" if content in taste.dislikes else ""


def tempo_sentence(recording: Recording) -> str:
    """Say the tempo that counts, where it comes from, and what else it may be."""
    analysis = recording.analysis
    if analysis is None:
        return recording.fault or "It has not been measured yet: s scans its folder."
    parts = []
    if recording.bpm is None:
        parts.append(_no_pulse(analysis))
    else:
        parts.append(f"{bpm_words(recording.bpm)} BPM, {_where_from(recording)}.")
    rivals = [
        f"{bpm_words(one.bpm)} ({one.weight * 100:.0f} %)"
        for one in analysis.candidates
        if recording.bpm is None or abs(one.bpm / recording.bpm - 1) > 0.005
    ][:MOST_RIVALS]
    if rivals:
        parts.append(f"Else {' or '.join(rivals)}.")
    return " ".join(parts)


def _where_from(recording: Recording) -> str:
    said = HOW[recording.decision.how]
    if recording.decision.locked:
        return f"{said}, locked"
    if decided(recording):
        return said
    analysis = recording.analysis
    if analysis is None or analysis.bpm is None:
        return "as the file's tag says"
    return f"{said}, {confidence_words(analysis.confidence)}"


def confidence_words(confidence: float | None) -> str:
    """Say how far a measured tempo can be relied on.

    Examples
    --------
    >>> confidence_words(0.95), confidence_words(0.5)
    ('sure (95 %)', 'unsure (50 %): listen to it')
    """
    if confidence is None:
        return "how sure is not known"
    if confidence >= SURE_FROM:
        word = "sure"
    elif confidence >= FAIRLY_SURE_FROM:
        word = "fairly sure"
    else:
        word = "unsure"
    ask = "" if confidence >= FAIRLY_SURE_FROM else ": listen to it"
    return f"{word} ({confidence * 100:.0f} %){ask}"


def _no_pulse(analysis: Analysis) -> str:
    reason = printable(analysis.reasons.get("bpm", "")).strip().rstrip(".")
    if not reason:
        return "No steady pulse was found."
    if "pulse" in reason.lower():
        return f"{reason[0].upper()}{reason[1:]}."
    return f"No steady pulse was found: {reason}."


def sound_sentence(analysis: Analysis) -> str:
    """Say key, loudness, steadiness and quiet ends."""
    parts = []
    if analysis.key is not None:
        parts.append(f"key {analysis.key}{_key_aside(analysis.key_confidence)}")
    if analysis.lufs is None:
        parts.append("silent" if analysis.true_peak_db is None else "loudness not known")
    else:
        peak = "" if analysis.true_peak_db is None else f", peak {analysis.true_peak_db:+.1f} dB"
        parts.append(f"{analysis.lufs:.1f} LUFS{peak}")
    if analysis.steady is not None:
        parts.append("steady" if analysis.steady else "its tempo wavers")
    for end, quiet_s in (("start", analysis.intro_s), ("end", analysis.outro_s)):
        if quiet_s is not None and quiet_s >= WORTH_SAYING_S:
            parts.append(f"quiet {end} {quiet_s:.0f} s")
    return " · ".join(parts)


def _key_aside(confidence: float | None) -> str:
    if confidence is None or CLEAR_KEY_FROM > confidence >= VAGUE_KEY_BELOW:
        return ""
    return " (clear)" if confidence >= CLEAR_KEY_FROM else " (vague)"


def standing_sentence(recording: Recording, taste: Taste | None, client: str | None) -> str:
    """Say the client's taste, what is wrong with it, whether it is sung, and its labels."""
    parts = []
    sign = taste_sign(recording.content, taste)
    if sign and client is not None:
        parts.append(LIKING[sign].format(client=printable(client)))
    if not recording.present:
        parts.append("Not found where it was: scan its folder again.")
    if recording.fault and recording.analysis is not None:
        parts.append(printable(recording.fault))
    parts.append({True: "With words.", False: "Without words.", None: ""}[recording.words])
    if recording.labels:
        parts.append("Labels: " + ", ".join(printable(label) for label in recording.labels) + ".")
    return " ".join(part for part in parts if part)
