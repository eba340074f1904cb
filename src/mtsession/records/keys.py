"""The vault's keys: what is secret, how it is wrapped, and what stands in ``vault.json``.

A vault has an X25519 key pair, to which each journal's key is sealed, and a raw
key for its index. Both secrets are wrapped together, once under each thing that
may open the vault: the passphrase, the recovery key, or the device key of a vault
whose passphrase has not been chosen yet.
"""

import os
import unicodedata
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mtsession.errors import RecordsError
from mtsession.records.files import replace_private
from mtsession.records.framing import framed

FORMAT = 1
SECRET_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12
MAX_MEMORY_KIB = 4 * 1024 * 1024
VAULT_FILE = "vault.json"
SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
RESTORE_HINT = "Restore the data folder from a backup."


class KdfCost(msgspec.Struct, frozen=True, kw_only=True):
    """What one guess of the passphrase costs (Argon2id, RFC 9106)."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4


class Wrapped(msgspec.Struct, frozen=True, kw_only=True):
    """The vault's secrets under one key; ``cost`` only where a passphrase is stretched."""

    salt: bytes
    nonce: bytes
    ciphertext: bytes
    cost: KdfCost | None = None


class VaultFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``vault.json`` holds: nothing of a client, and no secret in plain."""

    format: int
    vault_id: str
    public_key: bytes
    passphrase: Wrapped | None = None
    recovery: Wrapped | None = None
    device: Wrapped | None = None


class Secrets:
    """The vault's private key and the key of its index; its text shows neither."""

    __slots__ = ("index_key", "private_key")

    def __init__(self, private_key: bytes, index_key: bytes) -> None:
        self.private_key = private_key
        self.index_key = index_key

    @classmethod
    def generate(cls) -> "Secrets":
        """Make a new vault's secrets."""
        return cls(X25519PrivateKey.generate().private_bytes_raw(), os.urandom(SECRET_BYTES))

    @property
    def public_key(self) -> bytes:
        """The public half, to which journals' keys are sealed."""
        private = X25519PrivateKey.from_private_bytes(self.private_key)
        return private.public_key().public_bytes_raw()


def wrap_with_passphrase(
    secrets: Secrets, passphrase: str, vault_id: str, cost: KdfCost
) -> Wrapped:
    """Wrap the secrets under a passphrase, with a new salt each time.

    Raises
    ------
    RecordsError
        If the passphrase is empty.
    """
    if not passphrase.strip():
        raise RecordsError("A passphrase cannot be empty.", "Choose a few words you will remember.")
    salt = os.urandom(SALT_BYTES)
    key = _stretch(passphrase, salt, cost)
    return _wrap(secrets, key, salt=salt, bound=_bound("passphrase", vault_id), cost=cost)


def unwrap_with_passphrase(wrapped: Wrapped, passphrase: str, vault_id: str) -> Secrets | None:
    """Open the secrets with a passphrase; None if it is another one.

    The whole cost is paid before anything is compared, whatever was typed.
    """
    if wrapped.cost is None or wrapped.cost.memory_kib > MAX_MEMORY_KIB:
        raise RecordsError("The passphrase settings in vault.json are damaged.", RESTORE_HINT)
    try:
        key = _stretch(passphrase, wrapped.salt, wrapped.cost)
    except ValueError as error:
        raise RecordsError(
            "The passphrase settings in vault.json are damaged.", RESTORE_HINT
        ) from error
    return _unwrap(wrapped, key, _bound("passphrase", vault_id))


def wrap_with_key(secrets: Secrets, key: bytes, slot: str, vault_id: str) -> Wrapped:
    """Wrap the secrets under a random key, which needs no stretching."""
    salt = os.urandom(SALT_BYTES)
    bound = _bound(slot, vault_id)
    return _wrap(secrets, _derive(key, salt, bound), salt=salt, bound=bound, cost=None)


def unwrap_with_key(wrapped: Wrapped, key: bytes, slot: str, vault_id: str) -> Secrets | None:
    """Open the secrets with a random key; None if it is another one."""
    bound = _bound(slot, vault_id)
    return _unwrap(wrapped, _derive(key, wrapped.salt, bound), bound)


def seal(journal_key: bytes, public_key: bytes, session_id: str) -> bytes:
    """Seal a journal's key to the vault (HPKE base mode, RFC 9180), bound to its session."""
    return SUITE.encrypt(
        journal_key, X25519PublicKey.from_public_bytes(public_key), info=_seal_info(session_id)
    )


def open_seal(sealed: bytes, private_key: bytes, session_id: str) -> bytes | None:
    """Open a sealed journal key; None if it was sealed to another vault or is damaged."""
    private = X25519PrivateKey.from_private_bytes(private_key)
    try:
        key = SUITE.decrypt(sealed, private, info=_seal_info(session_id))
    except (InvalidTag, ValueError):
        return None
    return key if len(key) == SECRET_BYTES else None


def read_vault_file(directory: Path) -> VaultFile:
    """Read ``vault.json``.

    Raises
    ------
    RecordsError
        If there is none, it is damaged, or a newer program wrote it.
    """
    try:
        content = (directory / VAULT_FILE).read_bytes()
    except FileNotFoundError as error:
        raise RecordsError(
            f"There is no vault in {directory}.", "Make one with: mtsession vault init"
        ) from error
    except OSError as error:
        raise RecordsError(
            f"The vault in {directory} cannot be read ({error.strerror}).",
            "Check who owns the folder.",
        ) from error
    try:
        found = msgspec.json.decode(content, type=VaultFile)
        X25519PublicKey.from_public_bytes(found.public_key)
    except (msgspec.MsgspecError, ValueError) as error:
        raise RecordsError("vault.json is damaged.", RESTORE_HINT) from error
    if found.format > FORMAT:
        raise RecordsError(
            f"This vault was written by a newer mtsession (format {found.format}).",
            "Update mtsession on this machine.",
        )
    return found


def write_vault_file(directory: Path, content: VaultFile) -> None:
    """Put ``vault.json`` in place in one step."""
    replace_private(
        directory / VAULT_FILE, msgspec.json.format(msgspec.json.encode(content), indent=2)
    )


def _stretch(passphrase: str, salt: bytes, cost: KdfCost) -> bytes:
    """Turn a passphrase into a key; NFC, so that two keyboards' accents agree."""
    kdf = Argon2id(
        salt=salt,
        length=SECRET_BYTES,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    return kdf.derive(unicodedata.normalize("NFC", passphrase).encode())


def _derive(key: bytes, salt: bytes, bound: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=SECRET_BYTES, salt=salt, info=bound).derive(key)


def _wrap(
    secrets: Secrets, key: bytes, *, salt: bytes, bound: bytes, cost: KdfCost | None
) -> Wrapped:
    nonce = os.urandom(NONCE_BYTES)
    plain = secrets.private_key + secrets.index_key
    ciphertext = AESGCM(key).encrypt(nonce, plain, bound)
    return Wrapped(salt=salt, nonce=nonce, ciphertext=ciphertext, cost=cost)


def _unwrap(wrapped: Wrapped, key: bytes, bound: bytes) -> Secrets | None:
    try:
        plain = AESGCM(key).decrypt(wrapped.nonce, wrapped.ciphertext, bound)
    except (InvalidTag, ValueError):
        return None
    if len(plain) != 2 * SECRET_BYTES:
        return None
    return Secrets(plain[:SECRET_BYTES], plain[SECRET_BYTES:])


def _bound(slot: str, vault_id: str) -> bytes:
    """Tie a wrapping to its use, so that one slot's bytes cannot stand in another's."""
    return framed(b"mtsession vault secrets 1", slot.encode(), vault_id.encode())


def _seal_info(session_id: str) -> bytes:
    return framed(b"mtsession journal key 1", session_id.encode())
