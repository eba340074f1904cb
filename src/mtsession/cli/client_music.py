"""Music chosen by what a client likes, where a command names the client."""

import argparse
from contextlib import closing
from pathlib import Path

import msgspec

from mtsession.activities.listening.settings import ListeningSettings
from mtsession.app.archive import Archive
from mtsession.app.paths import places
from mtsession.app.plans import load_plan
from mtsession.cli.passphrase import given
from mtsession.records.vault import Vault
from mtsession.session.activity import Settings
from mtsession.session.plan import Plan

LOCKED = (
    "What this client likes and never wants is locked in the vault, so the music was chosen "
    "without it."
)


def plan_for_client(path: Path, arguments: argparse.Namespace) -> Plan:
    """Read a plan; where it takes recordings from the library, by the client's likes.

    Starting a session never asks for a passphrase. Where none is given, the
    plan's own notes say that the client's likes could not be looked up.

    Raises
    ------
    MtSessionError
        If the plan has faults, or the passphrase that was given does not open the vault.
    """
    plan, data = load_plan(path), places().data
    unlocks = arguments.client is not None and _takes_recordings(plan) and Vault.exists(data)
    if not unlocks or not Vault.open_public(data).claimed:
        return plan
    passphrase = given(arguments)
    if passphrase is None:
        return _noted(plan)
    with closing(Archive.unlock(data, passphrase)) as archive:
        taste = archive.taste(arguments.client)
    return load_plan(path, taste=taste)


def _takes_recordings(plan: Plan) -> bool:
    return any(
        isinstance(each.settings, ListeningSettings) and each.settings.material
        for segment in plan.segments
        for each in segment.activities
    )


def _noted(plan: Plan) -> Plan:
    """Have the listening that takes recordings say what was left undone."""
    segments = tuple(
        msgspec.structs.replace(
            segment,
            activities=tuple(
                msgspec.structs.replace(each, settings=_with_note(each.settings))
                for each in segment.activities
            ),
        )
        for segment in plan.segments
    )
    return msgspec.structs.replace(plan, segments=segments)


def _with_note(settings: Settings) -> Settings:
    if isinstance(settings, ListeningSettings) and settings.material:
        return msgspec.structs.replace(settings, notes=(LOCKED, *settings.notes))
    return settings
