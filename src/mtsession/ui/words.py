"""Small plain words that several screens use."""

from rich.text import Text


def line_of_keys(*pairs: tuple[str, str]) -> Text:
    """Give a line of keys, each key bold before its words."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for place, (key, words) in enumerate(pairs):
        text.append("  " if place else "")
        text.append(key, style="bold")
        text.append(f" {words}")
    return text


def session_time(us: int) -> str:
    """Give session time as minutes and seconds, hours where there are any."""
    whole = max(0, us) // 1_000_000
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
