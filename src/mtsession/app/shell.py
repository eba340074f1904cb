"""What the screen stands on: the engine, the folders, and one session after another."""

import logging
from collections.abc import Callable, Sequence

import msgspec

from mtsession.app import garbage, power
from mtsession.app.archive import Archive
from mtsession.app.audition import Audition
from mtsession.app.compose import Choices, live_desk, make_engine
from mtsession.app.config import (
    Remembered,
    config_or_default,
    load_remembered,
    playing_on,
    remember,
)
from mtsession.app.desk import Desk
from mtsession.app.filling import Say, say_nothing
from mtsession.app.log import start_log
from mtsession.app.own_plans import OwnPlan, list_own
from mtsession.app.paths import Places, places
from mtsession.app.plans import NO_PLAN, ShippedPlan, list_shipped, load_plan
from mtsession.app.registry import METHODS
from mtsession.engine.outputs import TONE_DB, OutputList, list_outputs, play_tone
from mtsession.engine.port import Engine
from mtsession.errors import MtSessionError
from mtsession.music.recording import Recording, Taste
from mtsession.protocol import commands as cmd
from mtsession.protocol import reports as rep
from mtsession.records.marks import Interrupted
from mtsession.records.vault import Vault
from mtsession.session import intents as it
from mtsession.session.activity import Method
from mtsession.session.plan import Plan
from mtsession.timeline.event import Event
from mtsession.timeline.events import Noticed
from mtsession.timeline.units import Micros

log = logging.getLogger(__name__)


class Shell:
    """The app without its screen.

    Parameters
    ----------
    folders : Places, optional
        Where files live; this user's own by default.
    engine : Engine, optional
        What makes the sound; the live engine by default.
    output : str, optional
        What to play on this once, in place of what is remembered.

    Notes
    -----
    Made on a worker thread, since it loads most of the program; used on the
    screen's thread after that. Nothing in it waits for a device or a disk but
    `finish`, which is for a worker again.
    """

    def __init__(
        self,
        folders: Places | None = None,
        engine: Engine | None = None,
        *,
        output: str | None = None,
    ) -> None:
        self.folders = folders or places()
        start_log(self.folders.logs)
        self.config, fault = config_or_default(self.folders.config)
        self.remembered = load_remembered(self.folders.config)
        self.notices: list[Noticed] = [] if fault is None else [fault]
        self.methods: dict[str, Method] = METHODS
        self.plans = self._plans()
        self.own = list_own(self.folders.plans)
        self._tastes: dict[str, Taste] | None = None
        self.engine = engine or make_engine(
            self.folders, self.config, playing_on(self.remembered, output)
        )
        self.ready: rep.EngineReady | None = None
        self.desk: Desk | None = None
        self.audition: Audition | None = None
        self._awake: power.Wakefulness | None = None

    def start_at(self, level_db: float) -> None:
        """Let sessions start at this level instead of the last one."""
        self.remembered = msgspec.structs.replace(self.remembered, level_db=level_db)

    def open(self) -> None:
        """Start the engine; it answers when it can."""
        self.engine.start(self._report)

    def _plans(self) -> tuple[ShippedPlan, ...]:
        try:
            return list_shipped()
        except MtSessionError as error:
            self.notices.append(
                Noticed(t_us=Micros(0), topic="plan", message=error.message, hint=error.hint)
            )
            return ()

    def look_for_plans(self) -> None:
        """Read the therapist's own plans anew; it waits for the disk, so it is a worker's task."""
        self.own = list_own(self.folders.plans)

    def open_plan(
        self,
        own: OwnPlan,
        client: str | None,
        resume: Interrupted | None,
        say: Say = say_nothing,
    ) -> Plan:
        """Choose the music of a plan of one's own; a worker's task, of seconds where it measures.

        Raises
        ------
        MtSessionError
            If the plan has faults.
        """
        taste = None if client is None else self.taste_of(client)
        if resume is not None and client is None:
            client = ""  # whose session it was is sealed, so their taste cannot be known either
        if taste is None and not self.vault_claimed:
            client = None  # no taste is noted anywhere, so there was nothing to look up
        return load_plan(own.path, recordings=self._recordings, taste=taste, client=client, say=say)

    def _recordings(self) -> tuple[Recording, ...]:
        # The catalogue is loaded only for plans that choose from it.
        from mtsession.app.choosing import library_recordings  # noqa: PLC0415

        return library_recordings(self.folders)

    # Sessions

    def interrupted(self) -> Sequence[Interrupted]:
        """Give the sessions that were cut off and wait to be gone on with or left."""
        if not Vault.exists(self.folders.data):
            return ()
        return Vault.open_public(self.folders.data).interrupted()

    def leave(self, one: Interrupted) -> None:
        """Leave an interrupted session as it is; it is kept."""
        Vault.open_public(self.folders.data).dismiss(one.session_id)

    def begin(
        self,
        *,
        plan: Plan = NO_PLAN,
        client: str | None = None,
        resume: Interrupted | None = None,
        on_event: Callable[[int, Event], None] | None = None,
    ) -> Desk:
        """Start a session now.

        Raises
        ------
        RecordsError
            If nothing can be recorded because the vault's keys cannot be read or made.
        """
        self.close_audition()
        garbage.leave_alone()
        choices = Choices(
            plan=plan,
            client=client,
            config=self.config,
            level_db=self.remembered.level_db,
            resume=resume,
            # One may have been tapped in since the app began.
            latencies=load_remembered(self.folders.config).latencies,
            duck_control=self.remembered.duck_control,
        )
        desk = live_desk(choices, data=self.folders.data, engine=self.engine, on_event=on_event)
        desk.ready = self.ready
        self.desk = desk
        self._awake = power.Wakefulness(desk.report)
        for notice in self.notices:
            desk.report(notice)
        desk.begin()
        return desk

    def open_audition(self) -> Audition:
        """Let recordings be heard without a session, at the level that is remembered."""
        if self.audition is None:
            self.audition = Audition(
                self.engine,
                level_db=self.remembered.level_db,
                ceiling_db=self.config.ceiling_db,
                restart=getattr(self.engine, "restart", None),
            )
        return self.audition

    def close_audition(self) -> None:
        """Fade what is being tried out."""
        audition, self.audition = self.audition, None
        if audition is not None:
            audition.close()

    def look_around(self) -> None:
        """Look at the battery; a few times a minute is enough."""
        if self.desk is not None:
            self.desk.surroundings.battery = power.battery()

    def finish(self) -> None:
        """Close the session's record; may wait for the disk, so it is a worker's task.

        Raises
        ------
        RecordsError
            If the disk still refuses; it can be tried again.
        """
        desk = self.desk
        if desk is not None:
            desk.record.close(ended=desk.runner.state.course == "ended")

    def put_away(self) -> None:
        """Let go of a session whose record is closed; on the screen's thread again."""
        desk, self.desk = self.desk, None
        if desk is not None and desk.runner.state.level_db is not None:
            state = desk.runner.state
            self._remember(level_db=state.level_db, duck_control=state.duck_control)
        if self._awake is not None:
            self._awake.release()
            self._awake = None

    def end(self) -> None:
        """End the session that runs, if one does."""
        if self.desk is not None and self.desk.running:
            self.desk.do(it.End(reason="by hand"))

    def close(self) -> None:
        """End the engine."""
        self.engine.close()

    # Driving

    def pump(self) -> None:
        """Take in what arrived; keeps the engine from thinking that the screen hangs."""
        if self.desk is not None:
            self.desk.pump()
        if self.audition is not None:
            self.audition.pump()
        self.engine.beat()

    def let_go_of_sound(self) -> None:
        """Tell the session that its music is about to be asked for anew."""
        self.ready = None
        if self.desk is not None and self.desk.running:
            self.desk.let_go_of_sound()
            said = "The sound is starting again."
            self.desk.report(Noticed(t_us=Micros(0), topic="sound", message=said))

    def restart_sound(self) -> None:
        """Start the engine again; waits for the old one to end, so it is a worker's task."""
        restart = getattr(self.engine, "restart", None)
        if restart is not None:
            restart()

    def choose_sound(self, *, output: str, profile: str | None) -> None:
        """Remember what to play on, and how far ahead, from the next start of the sound on."""
        self._remember(output=output, profile=profile)
        choose = getattr(self.engine, "choose", None)
        if choose is not None:
            choose(output=output, profile=profile or self.config.profile)

    def hide_figures(self, *, hidden: bool) -> None:
        """Remember whether the figures of playing are kept from the screen."""
        self._remember(figures_hidden=hidden)

    def outputs(self) -> OutputList:
        """Give the outputs there are now; a worker's task."""
        return list_outputs()

    def try_output(self, output: str) -> str:
        """Play a soft tone on an output; give what went wrong. A worker's task."""
        return play_tone(output, min(TONE_DB, self.config.ceiling_db))

    def quiet(self, fade_us: int) -> None:
        """Make everything silent: through the session, or without one."""
        if self.desk is not None and self.desk.running:
            self.desk.do(it.Quiet(fade_us=Micros(fade_us)))
            return
        if self.audition is not None:
            self.audition.hush()
        if fade_us == 0:
            self.engine.quiet()
        self.engine.send(cmd.GoQuiet(fade_us=Micros(fade_us)))

    def _report(self, report: rep.Report) -> None:
        """Take a report from the engine's reader thread."""
        if isinstance(report, rep.EngineReady):
            self.ready = report
            self.notices = [notice for notice in self.notices if notice.topic != "engine"]
        desk, audition = self.desk, self.audition
        if desk is not None:
            desk.report(report)
        elif audition is not None:
            audition.report(report)
        elif isinstance(report, rep.Faulted):
            self.ready = None
            self.notices.append(
                Noticed(t_us=Micros(0), topic="engine", message=report.message, hint=report.hint)
            )

    def _remember(self, **chosen: object) -> None:
        def change(kept: Remembered) -> Remembered:
            return msgspec.structs.replace(kept, **chosen)

        self.remembered = change(self.remembered)
        try:
            remember(self.folders.config, change)
        except OSError as error:
            log.warning("what was chosen could not be remembered: %s", error.strerror)

    # Records

    @property
    def vault_claimed(self) -> bool | None:
        """Tell whether the vault has a passphrase; None where there is no vault."""
        if not Vault.exists(self.folders.data):
            return None
        return Vault.open_public(self.folders.data).claimed

    def unlock(self, passphrase: str) -> Archive:
        """Open the vault for reading; slow on purpose, so for a worker.

        The tastes in it stay known until the app is left: what a client must never be played
        holds for every session after this.
        """
        if self.vault_claimed is False:
            archive = Archive.claim(self.folders.data, passphrase)
        else:
            archive = Archive.unlock(self.folders.data, passphrase)
        self._tastes = archive.tastes()
        return archive

    def taste_of(self, client: str) -> Taste | None:
        """Give a client's taste; None where the vault was not opened since the app began."""
        return None if self._tastes is None else self._tastes.get(client, Taste())

    def keep_taste(self, client: str, taste: Taste) -> None:
        """Take in what was just noted in the vault."""
        self._tastes = {**(self._tastes or {}), client: taste}
