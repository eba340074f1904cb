"""The recovery key as it is printed on paper and typed in again.

Crockford's base 32 leaves out the letters that are taken for digits; a checksum
tells a slip of the pen from another vault's key.
"""

import hashlib

from mtsession.errors import RecordsError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans("OIL", "011")
KEY_BYTES = 20
CHECK_BYTES = 5
GROUP = 4
KEY_LETTERS = KEY_BYTES * 8 // 5
CHECK_LETTERS = CHECK_BYTES * 8 // 5
LETTERS = KEY_LETTERS + CHECK_LETTERS


def to_text(key: bytes) -> str:
    """Write a recovery key in ten groups of four letters and digits.

    Examples
    --------
    >>> to_text(bytes(20))[:14]
    '0000-0000-0000'
    >>> from_text(to_text(bytes(range(20)))) == bytes(range(20))
    True
    """
    letters = _letters(key, KEY_LETTERS) + _letters(_checksum(key), CHECK_LETTERS)
    return "-".join(letters[start : start + GROUP] for start in range(0, LETTERS, GROUP))


def from_text(text: str) -> bytes:
    """Read a typed recovery key, whatever its spacing and case.

    Raises
    ------
    RecordsError
        If letters are missing, too many, or mistyped.
    """
    letters = "".join(text.upper().split()).replace("-", "").translate(MISREAD)
    if len(letters) != LETTERS:
        raise RecordsError(
            f"A recovery key has {LETTERS} letters and digits; this one has {len(letters)}.",
            "Type it again from the paper.",
        )
    strange = [letter for letter in letters if letter not in ALPHABET]
    key = b"" if strange else _bytes(letters[:KEY_LETTERS], KEY_BYTES)
    if strange or _letters(_checksum(key), CHECK_LETTERS) != letters[KEY_LETTERS:]:
        raise RecordsError(
            "The recovery key has a typing mistake.", "Compare it with the paper, group by group."
        )
    return key


def _letters(content: bytes, count: int) -> str:
    number = int.from_bytes(content, "big")
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(count)))


def _bytes(letters: str, count: int) -> bytes:
    number = 0
    for letter in letters:
        number = number * 32 + ALPHABET.index(letter)
    return number.to_bytes(count, "big")


def _checksum(key: bytes) -> bytes:
    return hashlib.blake2b(key, digest_size=CHECK_BYTES, person=b"mts-recovery").digest()
