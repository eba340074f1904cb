"""Text from files, made safe to be shown."""

import unicodedata


def printable(text: str) -> str:
    r"""Put a space for whatever would steer a terminal: tags of files hold anything.

    Examples
    --------
    >>> printable("slow\twaltz")
    'slow waltz'
    """
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text)
