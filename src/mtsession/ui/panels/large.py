"""The improvisation seen from two metres: the time in tall digits, players as broad bars."""

from mtsession.protocol.views import ImprovisationView
from mtsession.ui.draw import Row, centre, clip, mmss, shorten
from mtsession.ui.panels.roll import roll_rows, shape_of

DIGITS = {
    "0": ("███", "█ █", "█ █", "█ █", "███"),
    "1": ("  █", "  █", "  █", "  █", "  █"),
    "2": ("███", "  █", "███", "█  ", "███"),
    "3": ("███", "  █", "███", "  █", "███"),
    "4": ("█ █", "█ █", "███", "  █", "  █"),
    "5": ("███", "█  ", "███", "  █", "███"),
    "6": ("███", "█  ", "███", "█ █", "███"),
    "7": ("███", "  █", "  █", "  █", "  █"),
    "8": ("███", "█ █", "███", "█ █", "███"),
    "9": ("███", "█ █", "███", "  █", "███"),
    ":": (" ", "█", " ", "█", " "),
}
TALL = 5
FULL_DENSITY = 8.0
LEAST_ROLL = 4


def large_rows(view: ImprovisationView, width: int, height: int, *, hidden: bool) -> list[Row]:
    """Draw the take's time, each player's playing just now, and the roll beneath.

    Parameters
    ----------
    hidden : bool
        Whether figures are hidden: then the bars are left out too.
    """
    rows: list[Row] = []
    if height >= TALL + 2 * len(view.players):
        rows += [centre(((line, "title"),), width) for line in tall(mmss(view.elapsed_us))]
        rows.append(())
    latest = {
        strand.player: next((n for n in strand.density[::-1] if n is not None), 0.0)
        for strand in view.played.strands
    }
    for player in view.players:
        if len(rows) + 2 > height:
            break
        sign, _, tone = shape_of(player.player)
        name = shorten(f"{sign} {player.name}  ", max(width // 3, 8))
        if hidden:
            rows.append(clip(((name.upper(), tone),), width))
            continue
        room = width - len(name) - 1
        full = round(min(latest.get(player.player, 0.0) / FULL_DENSITY, 1.0) * room)
        bar = "█" * full + "·" * (room - full)
        rows.append(clip(((name.upper(), tone), (bar, tone)), width))
        rows.append(clip(((" " * len(name), ""), (bar, tone)), width))
    room = height - len(rows) - 2
    if room >= LEAST_ROLL:
        rows += [(), *roll_rows(view, width, room)]
    return rows[:height]


def tall(text: str) -> list[str]:
    """Write digits five rows high and twice as wide.

    Examples
    --------
    >>> tall("1")[0]
    '    ██'
    """
    lines = []
    for row in range(TALL):
        signs = (DIGITS[sign][row] for sign in text if sign in DIGITS)
        lines.append("  ".join("".join(cell * 2 for cell in sign) for sign in signs))
    return lines
