"""`mtsession vault init | passphrase | recovery | backup | verify`."""

import argparse
import sys

from mtsession.app.paths import places
from mtsession.cli.passphrase import ask, choose
from mtsession.errors import RecordsError
from mtsession.records.vault import Vault


def run(arguments: argparse.Namespace) -> int:
    """Do one thing to the vault."""
    return {
        "init": _init,
        "passphrase": _passphrase,
        "recovery": _recovery,
        "backup": _backup,
        "verify": _verify,
    }[arguments.action](arguments)


def _init(arguments: argparse.Namespace) -> int:
    data = places().data
    if Vault.exists(data) and Vault.open_public(data).claimed:
        raise RecordsError(
            "There is a vault already, with a passphrase.",
            "To change it: mtsession vault passphrase",
        )
    if not Vault.exists(data):
        Vault.create_unclaimed(data)
    with Vault.claim(data, choose(arguments)) as vault:
        print("The vault is ready. Keep the passphrase safe: without it nothing can be read.")
        if sys.stdout.isatty():
            _print_recovery(vault)
    return 0


def _passphrase(arguments: argparse.Namespace) -> int:
    data = places().data
    if Vault.exists(data) and not Vault.open_public(data).claimed:
        return _init(arguments)
    if not sys.stdin.isatty():
        raise RecordsError("Changing the passphrase needs a terminal.", "Run it in one.")
    old = ask(arguments, prompt="Present passphrase: ")
    with Vault.unlock(data, old) as vault:
        vault.change_passphrase(choose(arguments), current=old)
    print("The passphrase is changed.")
    return 0


def _recovery(arguments: argparse.Namespace) -> int:
    with Vault.unlock(places().data, ask(arguments)) as vault:
        _print_recovery(vault)
    return 0


def _print_recovery(vault: Vault) -> None:
    print("Recovery key (print it, lock it away; it opens the vault without the passphrase):")
    print(f"  {vault.add_recovery_key()}")


def _backup(arguments: argparse.Namespace) -> int:
    with Vault.unlock(places().data, ask(arguments)) as vault:
        vault.backup(arguments.to)
    print(f"The vault is copied to {arguments.to}, encrypted as it is here.")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    with Vault.unlock(places().data, ask(arguments)) as vault:
        faults = vault.verify()
    for fault in faults:
        print(fault)
    if not faults:
        print("Every journal is as it was written.")
    return 1 if faults else 0
