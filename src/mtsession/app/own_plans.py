"""The therapist's own plans and playlists: what lies in their folder."""

import shlex
from pathlib import Path

import msgspec

from mtsession.app.plans import (
    OTHER_PLAYLISTS,
    is_native_playlist,
    own_files,
    playlist_words,
    read_text,
)
from mtsession.app.registry import METHODS
from mtsession.errors import MtSessionError
from mtsession.session.activity import Settings
from mtsession.session.plan import Plan, parse_plan
from mtsession.timeline.events import Noticed
from mtsession.timeline.units import Micros


class OwnPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan or playlist of the therapist's own.

    Attributes
    ----------
    plan : Plan
        As it is written. Files are not looked up and no music is chosen before it is opened,
        so a long list costs nothing and what is played is as the library is then.
    """

    path: Path
    plan: Plan

    @property
    def title(self) -> str:
        """Give the plan's title."""
        return self.plan.title

    @property
    def when(self) -> str:
        """Say when a therapist would use it."""
        return self.plan.when


class OwnPlans(msgspec.Struct, frozen=True, kw_only=True):
    """What a folder holds, by title, and a sentence on each file that has a fault."""

    plans: tuple[OwnPlan, ...] = ()
    notices: tuple[Noticed, ...] = ()


def list_own(folder: Path) -> OwnPlans:
    """Read the plans and playlists in a folder; one that has a fault is told of and left out."""
    plans: list[OwnPlan] = []
    notices: list[Noticed] = []
    for path in own_files(folder):
        try:
            plans.append(OwnPlan(path=path, plan=_glance(path)))
        except MtSessionError:
            notices.append(
                Noticed(
                    t_us=Micros(0),
                    topic="plan",
                    message=f"{path.name} has a fault:",
                    hint=f"mtsession playlist check {shlex.quote(path.name)}",
                )
            )
    plans.sort(key=lambda own: (own.plan.title.casefold(), own.path.name))
    return OwnPlans(plans=tuple(plans), notices=tuple(notices))


def free_path(path: Path) -> Path:
    """Give a path at which nothing lies yet: the one that is given, else with -2, -3 … in it."""
    free, number = path, 1
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free


def _glance(path: Path) -> Plan:
    """Read a plan as it is written.

    Raises
    ------
    MtSessionError
        If it has faults.
    """
    if path.suffix.lower() not in OTHER_PLAYLISTS:
        text = read_text(path)
        if not is_native_playlist(text):
            kinds: dict[str, type[Settings]] = {
                name: method.settings for name, method in METHODS.items()
            }
            return parse_plan(text, name=path.name, methods=kinds)
    # Only who keeps playlists there needs what reads them.
    from mtsession.music.formats.playlist_file import PlaylistFaultsError  # noqa: PLC0415
    from mtsession.music.formats.reading import read_playlist  # noqa: PLC0415

    file = read_playlist(path)
    if file.faults:
        raise PlaylistFaultsError(file.faults)
    return Plan(
        name=path.name,
        title=file.title or path.stem,
        when=playlist_words(len(file.entries)),
        segments=(),
    )
