"""`mtsession vault init | passphrase | recovery | backup | restore | rebuild | verify`."""

import argparse
import sys
from pathlib import Path

from mtsession.app.archive import Archive, need_claimed_vault
from mtsession.app.paths import places
from mtsession.cli.passphrase import ask, ask_recovery_key, choose_first, choose_new
from mtsession.errors import RecordsError
from mtsession.records.vault import Vault


def run(arguments: argparse.Namespace) -> int:
    """Do one thing to the vault."""
    data = places().data
    return {
        "init": _init,
        "passphrase": _passphrase,
        "recovery": _recovery,
        "backup": _backup,
        "restore": _restore,
        "rebuild": _rebuild,
        "verify": _verify,
    }[arguments.action](data, arguments)


def _init(data: Path, arguments: argparse.Namespace) -> int:
    if Vault.exists(data) and Vault.open_public(data).claimed:
        raise RecordsError(
            "There is a vault already, with a passphrase.",
            "To change it: mtsession vault passphrase",
        )
    passphrase = choose_first(arguments)
    if not Vault.exists(data):
        Vault.create_unclaimed(data)
    with Vault.claim(data, passphrase) as vault:
        print("The vault is ready. Keep the passphrase safe: without it nothing can be read.")
        if sys.stdout.isatty():
            _print_recovery(vault)
        else:
            print("For a recovery key to lock away: mtsession vault recovery")
    return 0


def _passphrase(data: Path, arguments: argparse.Namespace) -> int:
    if Vault.exists(data) and not Vault.open_public(data).claimed:
        return _init(data, arguments)
    need_claimed_vault(data)
    if arguments.recovery or arguments.recovery_fd is not None:
        with Vault.unlock_with_recovery(data, ask_recovery_key(arguments)) as vault:
            vault.change_passphrase(choose_new(arguments), current=None)
    else:
        present = ask(arguments, prompt="Present passphrase: ")
        with Vault.unlock(data, present) as vault:
            vault.change_passphrase(choose_new(arguments), current=present)
    print("The passphrase is changed.")
    return 0


def _recovery(data: Path, arguments: argparse.Namespace) -> int:
    with _open(data, arguments) as vault:
        _print_recovery(vault)
    return 0


def _print_recovery(vault: Vault) -> None:
    print("Recovery key (print it, lock it away; it opens the vault without the passphrase):")
    print(f"  {vault.add_recovery_key()}")


def _backup(data: Path, arguments: argparse.Namespace) -> int:
    with _open(data, arguments) as vault:
        vault.backup(arguments.folder)
    print(f"The vault is copied to {arguments.folder}, encrypted as it is here.")
    return 0


def _restore(data: Path, arguments: argparse.Namespace) -> int:
    Vault.restore(arguments.folder, data)
    print("The backup is in place. It opens with the passphrase that held when it was made.")
    return 0


def _rebuild(data: Path, arguments: argparse.Namespace) -> int:
    need_claimed_vault(data)
    archive = Archive.rebuild(data, ask(arguments))
    try:
        count, tastes = len(archive.sessions()), archive.count_tastes()
    finally:
        archive.close()
    print(f"The list is made anew: {count} {'session' if count == 1 else 'sessions'}.")
    print("Client codes and summaries that were in the old list alone are in the file set aside.")
    if tastes:
        words = "1 word" if tastes == 1 else f"{tastes} words"
        print(f"What clients like and never want was read from it: {words}. Look it over.")
    else:
        print("What clients like and never want stands there too; nothing of it could be read.")
    return 0


def _verify(data: Path, arguments: argparse.Namespace) -> int:
    need_claimed_vault(data)
    archive = Archive.unlock(data, ask(arguments))
    try:
        faults = archive.verify()
    finally:
        archive.close()
    for fault in faults:
        print(fault)
    if not faults:
        print("Every journal is as it was written.")
    return 1 if faults else 0


def _open(data: Path, arguments: argparse.Namespace) -> Vault:
    """Ask for the passphrase only where there is something that it opens."""
    need_claimed_vault(data)
    return Vault.unlock(data, ask(arguments))
