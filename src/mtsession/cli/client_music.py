"""Music chosen by what a client likes, where a command names the client."""

import argparse
from contextlib import closing
from pathlib import Path

from mtsession.app.archive import Archive
from mtsession.app.paths import places
from mtsession.app.plans import load_plan, takes_recordings
from mtsession.cli.passphrase import given
from mtsession.records.vault import Vault
from mtsession.session.plan import Plan


def plan_for_client(path: Path, arguments: argparse.Namespace) -> Plan:
    """Read a plan; where it takes recordings from the library, by the client's likes.

    Starting a session never asks for a passphrase. Where none is given, the
    plan's own notes say that the client's likes could not be looked up.

    Raises
    ------
    MtSessionError
        If the plan has faults, or the passphrase that was given does not open the vault.
    """
    data = places().data
    known = arguments.client is not None and Vault.exists(data) and Vault.open_public(data).claimed
    start_bpm, client = arguments.start_bpm, arguments.client if known else None
    plan = load_plan(path, start_bpm=start_bpm, client=client)
    if not known or not takes_recordings(plan):
        return plan
    passphrase = given(arguments)
    if passphrase is None:
        return plan
    with closing(Archive.unlock(data, passphrase)) as archive:
        taste = archive.taste(arguments.client)
    return load_plan(path, start_bpm=start_bpm, taste=taste)
