"""The Library screen from its keys to the library and the engine."""

import re
import threading
from pathlib import Path

import pytest
from memory_library import MadeLibrary, content_of, shelf_of
from still_engine import StillEngine
from textual.widgets import Input, Static

from mtsession.app.audition import Audition
from mtsession.app.power import Wakefulness
from mtsession.app.shell import Shell
from mtsession.music.formats.reading import read_playlist
from mtsession.music.library.reports import ScanProgress, ScanReport
from mtsession.music.library.walk import ScanFault
from mtsession.music.recording import Taste
from mtsession.protocol import commands as cmd
from mtsession.protocol import reports as rep
from mtsession.timeline import events as ev
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.event import Event, EventCodec
from mtsession.timeline.units import SECOND, Micros
from mtsession.ui.app import MtSessionApp
from mtsession.ui.home import HomeScreen
from mtsession.ui.keys import KeysScreen
from mtsession.ui.library import LibraryScreen
from mtsession.ui.library_asks import ClientScreen, LineScreen, ReportScreen
from mtsession.ui.library_detail import Detail
from mtsession.ui.library_list import RecordingList
from mtsession.ui.library_programme import ProgrammeScreen


class AnsweringEngine(StillEngine):
    """Says that everything sounds the moment it is asked for, on a clock that a test moves."""

    def __init__(self) -> None:
        super().__init__()
        self.now_us = 0
        self._codec = EventCodec(ev.CORE_EVENTS)

    def send(self, command: cmd.Command) -> None:
        super().send(command)
        if isinstance(command, cmd.OpenSession):
            self.offset_us = command.offset_us
        elif isinstance(command, cmd.PlayProgramme):
            self._begin(command.items[0])
        elif isinstance(command, cmd.StopProgramme):
            ended = ev.TrackEnded(t_us=Micros(0), item=self.item, reason="stopped")
            self._tell(ended)

    def _begin(self, item) -> None:
        self.item = item.item
        begins = self.now_us - self.offset_us - item.skip_us
        beats = tuple(Micros(begins + mark) for mark in item.beats_us)
        self._tell(
            ev.TrackStarted(
                t_us=Micros(0), activity=1, item=item.item, title=item.title, source="file",
                content_hash=item.content_hash, planned_bpm=None, grid=item.grid,
            ),
            ev.BeatGridRevised(
                t_us=Micros(0),
                grid=BeatGrid(grid=item.grid, revision=0, first_beat=0, beats_us=beats),
            ),
        )  # fmt: skip

    def _tell(self, *told: Event) -> None:
        for event in told:
            self._on_report(rep.Happened(event=self._codec.encode(event)))


@pytest.fixture
def engine(monkeypatch) -> AnsweringEngine:
    monkeypatch.setattr(Wakefulness, "_hold", lambda self: None)
    engine = AnsweringEngine()
    made = Audition.__init__

    def timed(self, *arguments, **named) -> None:
        made(self, *arguments, **named, now_us=lambda: engine.now_us)

    monkeypatch.setattr(Audition, "__init__", timed)
    return engine


class Stage:
    """The app with the Library on it."""

    def __init__(self, engine: StillEngine, count: int = 14) -> None:
        self.shelf = shelf_of(count)
        self.app = MtSessionApp(shell=Shell(engine=engine))
        self.app.clock = lambda: 1.0
        self.libraries: list[MadeLibrary] = []

    def library(self) -> MadeLibrary:
        self.libraries.append(MadeLibrary(self.shelf))
        return self.libraries[-1]

    async def open(self, pilot, *, client: str | None = None) -> LibraryScreen:
        self.pilot = pilot
        await self.until(lambda: self.app.shell is not None)
        screen = LibraryScreen(self.app.shell, client=client, make_library=self.library)
        await self.app.push_screen(screen)
        self.screen = screen
        if self.shelf:
            await self.until(lambda: screen._whole is not None)
        return screen

    async def until(self, done, tries: int = 400) -> None:
        """Let the app run until something holds; each round waits for the app, not for time."""
        for _ in range(tries):
            if done():
                return
            self.app._turn()
            await self.pilot.pause()
        raise AssertionError(f"it never came; it says: {self.told!r}")

    async def go_to(self, title: str) -> None:
        await self.pilot.press("home")
        for _ in range(len(self.shelf)):
            if self.screen.listing.chosen.title == title:
                break
            await self.pilot.press("down")
        await self.until(lambda: self.screen._whole and self.screen._whole.title == title)

    @property
    def told(self) -> str:
        self.app._turn()
        return str(self.app.screen.query_one("#told", Static).render())

    @property
    def head(self) -> str:
        self.app._turn()
        return str(self.screen.query_one("#head", Static).render())

    def chosen(self):
        return self.shelf[self.screen.listing.chosen.content]

    def detail(self) -> str:
        self.app._turn()
        widget = self.screen.query_one("#detail", Detail)
        rows = widget.draw(widget.size.width, widget.size.height)
        return "\n".join("".join(text for text, _ in row) for row in rows)

    def rows(self) -> list[str]:
        listing = self.screen.listing
        return [listing.render_line(y).text for y in range(listing.size.height)]


@pytest.fixture
def stage(engine) -> Stage:
    return Stage(engine)


async def test_l_on_home_opens_it_and_esc_goes_home(engine, tmp_path):
    app = MtSessionApp(shell=Shell(engine=engine))
    app.clock = lambda: 1.0
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(200):
            await pilot.pause()
            if app.shell is not None:
                break
        await pilot.press("c", *"K-17", "enter", "l")
        assert isinstance(app.screen, LibraryScreen)
        assert app.screen.client == "K-17"
        for _ in range(400):
            app._turn()
            await pilot.pause()
            if "s scans a folder" in str(app.screen.query_one("#told", Static).render()):
                break
        else:
            raise AssertionError("an empty library says nothing")
        await pilot.press("escape")
        assert isinstance(app.screen, HomeScreen)


async def test_the_list_sorts_by_each_column_and_turns_round(stage):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        screen = await stage.open(pilot)
        await pilot.press("3")
        tempi = [each.bpm for each in screen.listing.recordings if each.bpm is not None]
        assert tempi == sorted(tempi)
        await pilot.press("3")
        tempi = [each.bpm for each in screen.listing.recordings if each.bpm is not None]
        assert tempi == sorted(tempi, reverse=True)
        assert screen.listing.recordings[-1].bpm is None
        assert "by BPM" in stage.head
        assert "▼ BPM" in str(screen.query_one("#columns", Static).render())
        for digit in "12345678":
            await pilot.press(digit)
        assert screen.listing.count == len(stage.shelf)


async def test_a_filter_follows_each_letter_and_esc_clears_it(stage):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        screen = await stage.open(pilot)
        await pilot.press("slash", *"inga bpm:4")
        assert 0 <= screen.listing.count < 4
        await pilot.press(*"0-70", "enter")
        assert all(40 <= each.bpm <= 70 for each in screen.listing.recordings)
        assert screen.focused is screen.listing
        assert "inga bpm:40-70" in stage.head
        await pilot.press("escape")
        assert screen.listing.count == len(stage.shelf)
        await pilot.press("slash", *"tempo:3")
        assert "There is no term tempo:" in stage.told


async def test_a_letter_that_is_typed_is_no_key(stage):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        before = dict(stage.shelf)
        await pilot.press("slash", *"xzkw ts3p")
        assert stage.shelf == before
        assert isinstance(stage.app.screen, LibraryScreen)


@pytest.mark.parametrize(("key", "bpm", "how"), [("x", 99.0, "doubled"), ("z", 24.75, "halved")])
async def test_the_tempo_is_doubled_and_halved(stage, key, bpm, how):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await stage.go_to("Kindly 2" if "Kindly 2" in str(stage.shelf) else "Harbour at night")
        was = stage.chosen().bpm
        await pilot.press(key)
        await stage.until(lambda: stage.chosen().decision.how == how)
        assert stage.chosen().bpm == was * (2 if key == "x" else 0.5)
        await stage.until(lambda: f"{how} by you" in stage.detail())
        assert any(" m " in row for row in stage.rows())


async def test_a_lock_holds_against_everything_until_it_is_taken_off(stage):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await stage.go_to("Moss")
        assert "locked" in stage.detail()
        await pilot.press("x")
        await stage.until(lambda: "locked. Unlock it first." in stage.told)
        assert stage.chosen().bpm == 66.5
        await pilot.press("k")
        await stage.until(lambda: not stage.chosen().decision.locked)
        await pilot.press("x")
        await stage.until(lambda: stage.chosen().bpm == 133.0)
        await pilot.press("m")
        await stage.until(lambda: stage.chosen().bpm == stage.chosen().analysis.bpm)


async def test_an_exact_tempo_is_typed_and_nonsense_refused(stage):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await pilot.press("b")
        field = stage.app.screen.query_one("#line", Input)
        field.value = ""
        await pilot.press(*"61,25", "enter")
        await stage.until(lambda: stage.chosen().bpm == 61.25)
        await pilot.press("b")
        stage.app.screen.query_one("#line", Input).value = "fast"
        await pilot.press("enter")
        assert "fast is no tempo" in stage.told
        assert stage.chosen().bpm == 61.25


async def test_words_and_labels_are_the_therapists(stage):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await stage.go_to("Moss")
        seen = []
        for _ in range(3):
            before = stage.chosen().words
            await pilot.press("w")
            await stage.until(lambda before=before: stage.chosen().words is not before)
            seen.append(stage.chosen().words)
        assert seen == [False, None, True]
        await pilot.press("e")
        stage.app.screen.query_one("#line", Input).value = "sea,  for sleep , sea"
        await pilot.press("enter")
        await stage.until(lambda: set(stage.chosen().labels) == {"sea", "for sleep"})


async def test_the_bar_is_moved_by_a_beat(stage):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        assert stage.chosen().beats_per_bar is None
        await pilot.press("full_stop")
        await stage.until(lambda: stage.chosen().decision.downbeat_shift == 1)
        assert "Bars of four beats are taken; n sets another number." in stage.told
        await pilot.press("n")
        await pilot.press(*"three", "enter")
        assert "three is no number of beats" in stage.told
        await pilot.press("n")
        await pilot.press("3", "enter")
        await stage.until(lambda: stage.chosen().decision.beats_per_bar == 3)
        await stage.go_to("Harbour at night")
        await pilot.press("full_stop", "full_stop", "comma")
        await stage.until(lambda: stage.chosen().decision.downbeat_shift == 1)


async def test_space_lets_it_be_heard_and_fades_it_out(stage, engine):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await stage.go_to("Harbour at night")
        await pilot.press("space")
        (played,) = engine.asked(cmd.PlayProgramme)
        assert played.fade_in_us == 2 * SECOND
        assert engine.asked(cmd.OpenSession)[0].level_db == -12.0
        await stage.until(lambda: "▶" in stage.detail())
        engine.now_us += 5 * SECOND
        assert "0:05 of 2:30" in stage.detail()
        await pilot.press("space")
        assert engine.asked(cmd.StopProgramme)[0].fade_us == 2 * SECOND
        await stage.until(lambda: "▶" not in stage.detail())
        assert "0:05 of 2:30" in stage.detail()


async def test_arrows_go_by_bars_where_they_are_known_else_by_seconds(stage, engine):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        screen = await stage.open(pilot)
        await stage.go_to("Harbour at night")
        one = screen.chosen
        await pilot.press("right")
        assert screen._rests_s == one.beats_s[1]
        await pilot.press("right")
        assert screen._rests_s == one.beats_s[5]
        await pilot.press("left")
        assert screen._rests_s == one.beats_s[1]
        await stage.go_to("Ferry")
        assert screen.chosen.beats_per_bar is None
        await pilot.press("right", "right", "left")
        assert screen._rests_s == 5.0


async def test_taps_are_fitted_shown_and_taken(stage, engine):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await stage.go_to("Harbour at night")
        await pilot.press("t")
        assert "Space lets you hear it" in stage.told
        await pilot.press("space")
        await stage.until(lambda: "▶" in stage.detail())
        for number in range(1, 7):
            engine.now_us = number * 909_091
            await pilot.press("t")
            if number == 3:
                assert "3 of 4 taps" in stage.detail()
        assert stage.detail().count("▲") == 6
        assert re.search(r"6 taps: 6[56](\.\d+)? BPM, spread \d+ ms", stage.detail())
        await pilot.press("enter")
        await stage.until(lambda: stage.chosen().decision.how == "tapped")
        assert stage.chosen().bpm == pytest.approx(66.0, abs=0.2)
        assert stage.chosen().decision.first_beat_s == pytest.approx(0.909, abs=0.02)


async def test_taps_that_are_left_change_nothing(stage, engine):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        screen = await stage.open(pilot)
        await stage.go_to("Harbour at night")
        await pilot.press("space")
        await stage.until(lambda: "▶" in stage.detail())
        for number in range(1, 6):
            engine.now_us = number * SECOND
            await pilot.press("t")
        await pilot.press("escape", "enter")
        assert screen.tapping is None
        assert stage.chosen().decision.how == "as measured"


async def test_esc_fades_what_sounds_before_it_leaves_and_twice_is_quiet(stage, engine):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        screen = await stage.open(pilot)
        await stage.go_to("Harbour at night")
        await pilot.press("space")
        await stage.until(lambda: screen.view().state == "playing")
        stage.app.clock = iter([10.0, 10.2]).__next__
        await pilot.press("escape", "escape")
        assert engine.asked(cmd.StopProgramme)
        assert engine.quieted == 1


async def test_leaving_lets_go_of_engine_and_library(stage, engine):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await stage.go_to("Harbour at night")
        await pilot.press("space", "space", "escape")
        await stage.until(lambda: stage.libraries and all(one.closed for one in stage.libraries))
        assert isinstance(stage.app.screen, HomeScreen)
        assert isinstance(engine.sent[-1], cmd.CloseSession)
        assert stage.app.shell.audition is None


async def test_a_session_takes_the_engine_over(stage, engine):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await stage.go_to("Harbour at night")
        await pilot.press("space")
        stage.app.shell.begin()
        kinds = [type(each) for each in engine.sent]
        assert kinds.index(cmd.CloseSession) < len(kinds) - 1 - kinds[::-1].index(cmd.OpenSession)
        assert stage.app.shell.audition is None


class MadeArchive:
    """Keeps a taste in memory as an unlocked vault does."""

    def __init__(self) -> None:
        self.tastes: dict[str, Taste] = {}
        self.closed = False

    def taste(self, client: str) -> Taste:
        return self.tastes.get(client, Taste())

    def set_taste(self, client: str, content: str, kind: str | None) -> None:
        lists = {
            name: {content} if name == kind else set() for name in ("like", "dislike", "never")
        }
        self.tastes[client] = Taste(
            likes=frozenset(lists["like"]),
            dislikes=frozenset(lists["dislike"]),
            never=frozenset(lists["never"]),
        )

    def close(self) -> None:
        self.closed = True


async def test_a_clients_taste_needs_the_vault_and_is_shown(stage, engine, monkeypatch):
    archive = MadeArchive()
    monkeypatch.setattr(Shell, "vault_claimed", True)
    monkeypatch.setattr(Shell, "unlock", lambda self, words: archive)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        screen = await stage.open(pilot, client="K-17")
        assert "client K-17 (vault locked)" in stage.head
        await pilot.press("plus")
        assert "The vault is locked" in stage.told
        await pilot.press("c")
        assert isinstance(stage.app.screen, ClientScreen)
        await pilot.press("enter", *"sesame", "enter")
        await stage.until(lambda: screen.taste is not None)
        assert "locked" not in stage.head
        content = stage.chosen().content
        for key, kind in (("plus", "likes"), ("minus", "dislikes"), ("exclamation_mark", "never")):
            await pilot.press(key)
            await stage.until(lambda kind=kind: content in getattr(screen.taste, kind))
        assert any(row.startswith("›! ") for row in stage.rows())
        assert "Never for K-17." in stage.detail()
        await pilot.press("exclamation_mark")
        await stage.until(lambda: content not in screen.taste.never)
        await pilot.press("escape")
        await stage.until(lambda: archive.closed)


@pytest.mark.parametrize(
    ("claimed", "said"),
    [(False, "no passphrase yet: r on home"), (None, "begins with the first session")],
)
async def test_without_a_vault_to_open_it_says_how_there_will_be_one(
    stage, monkeypatch, claimed, said
):
    monkeypatch.setattr(Shell, "vault_claimed", claimed)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await pilot.press("plus")
        assert "Choose a client first" in stage.told
        await pilot.press("c")
        assert said in stage.told


def progress(**changes: object) -> ScanProgress:
    known: dict[str, object] = {
        "found": 40, "done": 12, "unchanged": 2, "analysed": 10, "failed": 1,
        "files_per_s": 3.4, "audio_rate": 500.0, "left_s": 8.2, "now": "song\x1b.mp3",
    }  # fmt: skip
    return ScanProgress(**(known | changes))  # type: ignore[arg-type]


async def test_a_scan_tells_its_progress_is_cancelled_and_lists_faults(stage, monkeypatch):
    seen, never = {}, threading.Event()

    def scan(self, folders, *, on_progress, cancelled):
        seen["folders"] = folders
        on_progress(progress())
        while not cancelled():
            never.wait(0.005)
        fault = ScanFault(path="/music/bad.mp3", message="It holds no sound.")
        return ScanReport(
            progress=progress(), faults=(fault,) * 30, cancelled=True, seconds=1.0,
            notices=("The catalogue was set aside.",),
        )  # fmt: skip

    monkeypatch.setattr(MadeLibrary, "scan", scan, raising=False)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await pilot.press("s")
        await stage.until(lambda: isinstance(stage.app.screen, LineScreen))
        await pilot.press(*"/new", "enter")
        await stage.until(lambda: "12 of 40 files" in stage.told)
        assert "8 s left, 3 a second (500x real time), 1 with faults; song" in stage.told
        assert "\x1b" not in stage.told
        await pilot.press("c")
        await stage.until(lambda: isinstance(stage.app.screen, ReportScreen))
        assert seen["folders"] == [Path("/music"), Path("/new")]
        await pilot.press("down", "down", "escape")
        assert "The catalogue was set aside. 12 of 40 files in 1 s: 10" in stage.told
        assert "Cancelled; what is done is kept, and s goes on from there." in stage.told
        await pilot.press("f")
        assert isinstance(stage.app.screen, ReportScreen)


async def test_a_programme_follows_a_typed_arc_and_says_what_it_could_not_do(stage):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await pilot.press("p")
        screen = stage.app.screen
        assert isinstance(screen, ProgrammeScreen)
        screen.query_one("#arc", Input).value = "80 > sixty in 20"
        await pilot.press("enter")
        assert "cannot be read" in str(screen.query_one("#told", Static).render())
        screen.query_one("#arc", Input).value = "72 > 62 in 12"
        await pilot.press("enter")
        await stage.until(lambda: screen.planned is not None)
        assert screen.planned.items
        assert screen.query_one("#plot").display
        narrow = screen.planned
        await pilot.press("r")
        await stage.until(lambda: screen.planned is not narrow)
        assert "at 90 to 110 %" in stage.told
        await pilot.press("a", "tab", "enter")
        await stage.until(lambda: screen.planned.arc[0].bpm == 72)
        await pilot.press("escape")
        assert isinstance(stage.app.screen, LibraryScreen)


async def test_a_programme_is_planned_from_what_the_filter_shows_and_kept(stage, tmp_path):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        library = await stage.open(pilot)
        await pilot.press("slash", *"inga", "enter", "p")
        screen = stage.app.screen
        assert "from 3 recordings: inga" in str(screen.query_one("#head", Static).render())
        await pilot.press("tab", "f")
        assert "There is no programme yet" in stage.told
        screen.query_one("#arc", Input).value = "49 > 47 in 4"
        await pilot.press("a", "enter")
        await stage.until(lambda: screen.planned is not None)
        shown = {one.content for one in library.listing.recordings}
        assert {item.material.content for item in screen.planned.items} <= shown
        for said in ("Kept as", "is there already"):
            await pilot.press("f")
            stage.app.screen.query_one("#line", Input).value = str(tmp_path / "calm.toml")
            await pilot.press("enter")
            await stage.until(lambda said=said: said in stage.told)
        kept = read_playlist(tmp_path / "calm.toml")
        titles = [item.material.title for item in screen.planned.items]
        assert [entry.title for entry in kept.entries] == titles


async def test_an_arc_may_begin_at_a_tapped_tempo(stage):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await pilot.press("p")
        screen = stage.app.screen
        screen.query_one("#arc", Input).value = "> 60 in 12"
        await pilot.press("enter")
        assert "At which tempo does it begin?" in stage.told
        for beat in range(4):  # a fifth would have it planned once more
            screen._tap(100.0 + beat * 0.8)
        await stage.until(lambda: screen.planned is not None)
        assert screen.planned.arc[0].bpm == 75.0
        await stage.until(lambda: "From 75 BPM, as tapped" in stage.told)
        await pilot.press("t")
        assert "1 of 4 taps" in stage.told


async def test_what_must_never_be_played_is_said_to_be_unknown_while_the_vault_is_locked(stage):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot, client="K-17")
        await pilot.press("p")
        screen = stage.app.screen
        screen.query_one("#arc", Input).value = "72 > 62 in 12"
        await pilot.press("enter")
        await stage.until(lambda: screen.planned is not None)
        assert screen.planned.notes[0].startswith("What this client likes and never")


async def test_every_key_is_listed_where_the_question_mark_says(stage):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        screen = await stage.open(pilot)
        await pilot.press("?")
        assert isinstance(stage.app.screen, KeysScreen)
        told = " ".join(f"{key} {words}" for key, words in screen.KEYS)
        assert len(screen.KEYS) <= 12
        shown = {"space": "Space", "left": "Left", "plus": "+", "minus": "-", "slash": "/",
                 "comma": ",", "full_stop": ".", "exclamation_mark": "!", "enter": "Enter",
                 "left_square_bracket": "[", "escape": "Esc", "q": "q"}  # fmt: skip
        for binding in (*screen.BINDINGS, *LibraryScreen.__mro__[1].BINDINGS):
            key = binding.key.split(",")[0]
            if key not in {"escape", "right", "q", "Q"}:
                assert shown.get(key, key) in told


async def test_a_key_press_draws_what_is_seen_and_no_more(engine, monkeypatch):
    stage = Stage(engine, count=1000)
    drawn: list[int] = []
    render = RecordingList.render_line

    def counted(self, y):
        drawn.append(y)
        return render(self, y)

    monkeypatch.setattr(RecordingList, "render_line", counted)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        screen = await stage.open(pilot)
        in_sight = screen.listing.size.height
        drawn.clear()
        await pilot.press("down")
        await pilot.pause()
        assert len(drawn) == 2
        for key in ("end", "home", "pagedown", "3", "3"):
            drawn.clear()
            await pilot.press(key)
            await pilot.pause()
            assert 0 < len(drawn) <= 2 * in_sight


async def test_a_broken_recording_is_told_and_not_played(stage, engine):
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await stage.go_to("Broken cassette")
        assert "The file ends in the middle" in stage.detail()
        await pilot.press("space", "right", "t", "k")
        assert not engine.asked(cmd.PlayProgramme)
        assert content_of(4) == stage.chosen().content


async def test_leaving_while_a_scan_runs_takes_a_second_esc(stage, monkeypatch):
    ended, never = threading.Event(), threading.Event()

    def scan(self, folders, *, on_progress, cancelled):
        on_progress(progress())
        while not cancelled():
            never.wait(0.005)
        ended.set()
        return ScanReport(progress=progress(), faults=(), missing=0, cancelled=True, seconds=1.0)

    monkeypatch.setattr(MadeLibrary, "scan", scan, raising=False)
    async with stage.app.run_test(size=(80, 24)) as pilot:
        await stage.open(pilot)
        await pilot.press("s")
        await stage.until(lambda: isinstance(stage.app.screen, LineScreen))
        await pilot.press("enter")
        await stage.until(lambda: "12 of 40 files" in stage.told)
        await pilot.press("escape")
        assert "Esc again leaves and stops it" in stage.told
        await pilot.press("escape")
        assert isinstance(stage.app.screen, HomeScreen)
        await stage.until(ended.is_set)
