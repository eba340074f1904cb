"""Bytes put side by side so that no two different lists of fields give the same bytes."""


def framed(*fields: bytes | None) -> bytes:
    """Join fields, each behind its length; an absent one differs from an empty one.

    Examples
    --------
    >>> framed(b"ab", b"c") == framed(b"a", b"bc")
    False
    >>> framed(None) == framed(b"")
    False
    """
    parts = [
        b"\x00" if field is None else b"\x01" + len(field).to_bytes(8, "big") + field
        for field in fields
    ]
    return b"".join(parts)
