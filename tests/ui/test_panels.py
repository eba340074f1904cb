"""The panels and the course: what must be read is on the screen, and nothing spills."""

import asyncio
import itertools
from collections.abc import Callable, Sequence

import pytest
from canned_views import (
    Host,
    breathing,
    course,
    few,
    improvisation,
    listening,
    panel_of,
    player,
    roll,
    seen,
    words,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

import made_duos
from mtsession.activities.improvisation.figures import PlayerTake, metric_rows
from mtsession.activities.improvisation.metrics.basics import basics
from mtsession.activities.improvisation.metrics.whole import analyse
from mtsession.app.explanations import explanations
from mtsession.protocol.metrics import MetricRow, PlayedSoFar
from mtsession.protocol.views import AnyActivityView, CourseSegment, RollNote
from mtsession.timeline.units import MINUTE, SECOND, Micros
from mtsession.ui.course import Course, course_rows
from mtsession.ui.draw import row_text, row_width
from mtsession.ui.panels.base import Panel, key_rows
from mtsession.ui.panels.breathing import BreathingPanel
from mtsession.ui.panels.improvisation import ImprovisationPanel
from mtsession.ui.panels.listening import ListeningPanel
from mtsession.ui.panels.registry import PANELS
from mtsession.ui.panels.roll import pitch_scale

SIZES = [(40, 5), (40, 14), (80, 14), (80, 24), (120, 40)]

VIEWS: dict[str, AnyActivityView] = {
    "listening": listening(),
    "listening, nothing known": listening(
        title=None,
        next_title=None,
        heard_bpm=None,
        planned_bpm=None,
        item=0,
        items=0,
        planned_us=Micros(0),
        beat_in_bar=None,
        beats_per_bar=None,
        arc=(),
    ),
    "listening, held": listening(paused=True, message="Held here. " * 12),
    "listening, odd": listening(title="海" * 90, beat_in_bar=17, beats_per_bar=99),
    "breathing": breathing(),
    "breathing, caution": breathing(state="caution", phase=None, message=""),
    "breathing, waiting": breathing(state="waiting", phase=None, message="listening for the beat"),
    "breathing, paused": breathing(state="paused", message="quiet: b goes on"),
    "breathing, unpaced": breathing(state="unpaced", phase=None, message=""),
    "breathing, ended": breathing(state="ended", phase=None, message=""),
    "improvisation": improvisation(),
    "improvisation, no take": improvisation(take=None, players=(), roll=(), ports=()),
    "improvisation, twelve": improvisation(
        players=tuple(player(number, f"group member {number}") for number in range(1, 13)),
        roll=roll(12),
        message="A port has gone; it is taken up again when it is back.",
    ),
    "words": words(),
    "words, open": words(planned_us=None, title="Words"),
}


def shown(view: AnyActivityView, size: tuple[int, int]) -> list[str]:
    """Show one view on a screen of its own and give what is read there."""
    panel = panel_of(view)
    widget = PANELS[panel.method]()

    async def look() -> list[str]:
        async with Host(widget).run_test(size=size) as pilot:
            widget.show(panel, Micros(0))
            await pilot.pause()
            return seen(widget)

    return asyncio.run(look())


def drawn(view: AnyActivityView, width: int, height: int) -> list[str]:
    """Draw one view without a screen."""
    panel = panel_of(view)
    widget = PANELS[panel.method]()
    widget.panel = panel
    return [row_text(row) for row in widget.draw(width, height)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", VIEWS)
def test_title_and_keys_stand_in_every_size(name: str, size: tuple[int, int]) -> None:
    view = VIEWS[name]
    panel = panel_of(view)
    lines = shown(view, size)
    assert len(lines) == size[1]
    assert all(cell_len(line) == size[0] - 2 for line in lines)
    assert lines[0].startswith(panel.title)
    last = "\n".join(lines[-3:])
    keys = PANELS[panel.method]().keys(panel)
    assert all(f"{key} " in f"{last} " for _, key, _ in keys)


@pytest.mark.parametrize("name", VIEWS)
def test_no_method_draws_past_what_it_is_given(name: str) -> None:
    view = VIEWS[name]
    panel = panel_of(view)
    widget = PANELS[panel.method]()
    widget.panel = panel
    for width, height in itertools.product((20, 38, 61, 78, 120), range(1, 31)):
        rows = widget.draw(width, height)
        assert len(rows) <= height
        # A row may be clipped by the base, but a method knows its width.
        assert max(row_width(row) for row in rows) <= width, (width, height)


@pytest.mark.parametrize(
    ("view", "texts"),
    [
        (
            listening(),
            [
                "Harbour at night",
                "74.2 BPM heard, 74.0 planned",
                "○ ● ○ ○",
                "beat 2 of 4",
                "item 2 of 3",
                "next: Meadow",
                "4:00 of 6:00",
            ],
        ),
        (
            breathing(),
            ["↑ breathe in  2", "3 in, 5 out", "9 a minute, aim 9", "on the beat", "12 breaths"],
        ),
        (
            improvisation(),
            ["take 2 · 3:12", "● client", "412 notes", "IOI 486 ms CV 0.42", "C3–E5", "nanoKEY"],
        ),
        (words(), ["How was the week?", "1:15 of 5:00"]),
    ],
)
@pytest.mark.parametrize("size", [(40, 14), (80, 24), (120, 40)])
def test_what_must_be_read_is_there(
    view: AnyActivityView, texts: list[str], size: tuple[int, int]
) -> None:
    screen = "\n".join(shown(view, size))
    assert [text for text in texts if text not in screen] == []


def test_two_panels_share_a_row() -> None:
    left, right = ListeningPanel(), BreathingPanel()

    async def look() -> tuple[list[str], list[str]]:
        async with Host(left, right).run_test(size=(80, 14)) as pilot:
            left.show(panel_of(listening()), Micros(0))
            right.show(panel_of(breathing()), Micros(0))
            await pilot.pause()
            assert left.region.right == right.region.x == 40
            return seen(left), seen(right)

    listened, breathed = asyncio.run(look())
    assert "Harbour at night" in "\n".join(listened)
    assert "breathe in" in "\n".join(breathed)


def test_a_later_snapshot_replaces_what_is_on_the_screen() -> None:
    widget = BreathingPanel()

    async def look() -> tuple[list[str], list[str]]:
        async with Host(widget).run_test(size=(80, 14)) as pilot:
            widget.show(panel_of(breathing(fullness=0.1)), Micros(0))
            await pilot.pause()
            first = seen(widget)
            widget.show(
                panel_of(breathing(fullness=0.9, phase="exhale", word="breathe out")), Micros(1)
            )
            await pilot.pause()
            return first, seen(widget)

    first, then = asyncio.run(look())
    assert "".join(then).count("█") > "".join(first).count("█")
    assert "↑ breathe in" in "\n".join(first)
    assert "↓ breathe out" in "\n".join(then)


def asked_rows(views: Sequence[AnyActivityView]) -> list[list[int]]:
    """Show views in turn and give the rows that each asked the screen to draw."""
    panel = panel_of(views[0])
    widget = PANELS[panel.method]()
    asked: list[list[int]] = []

    async def look() -> None:
        async with Host(widget).run_test(size=(80, 14)) as pilot:
            widget.show(panel, Micros(0))
            await pilot.pause()
            refresh: Callable[..., object] = widget.refresh

            def noting(*regions: object, **options: bool) -> object:
                asked[-1] += [region.y for region in regions] or [-1]  # type: ignore[attr-defined]
                return refresh(*regions, **options)

            widget.refresh = noting  # type: ignore[method-assign, assignment]
            for view in views[1:]:
                asked.append([])
                widget.show(panel_of(view), Micros(1))

    asyncio.run(look())
    return asked


def test_only_rows_that_changed_are_drawn_again() -> None:
    same, beat = asked_rows([listening(), listening(), listening(beat_in_bar=3)])
    assert same == []
    assert len(beat) == 1


def test_a_beat_moves_a_dot_and_nothing_else() -> None:
    before, after = (drawn(listening(beat_in_bar=beat), 78, 14) for beat in (2, 3))
    differing = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [(old.strip(), new.strip()) for old, new in differing] == [
        ("○ ● ○ ○  beat 2 of 4", "○ ○ ● ○  beat 3 of 4")
    ]


def test_another_methods_view_is_refused() -> None:
    with pytest.raises(TypeError, match="ListeningView"):
        ListeningPanel().show(panel_of(words()), Micros(0))


def test_a_theme_change_and_a_resize_are_followed() -> None:
    widget = ListeningPanel()

    async def look() -> tuple[object, object, list[str]]:
        app = Host(widget)
        async with app.run_test(size=(120, 40)) as pilot:
            widget.show(panel_of(listening()), Micros(0))
            await pilot.pause()
            dark = widget.render_line(0)
            app.theme = "textual-light"
            await pilot.resize_terminal(40, 14)
            await pilot.pause()
            return dark, widget.render_line(0), seen(widget)

    dark, light, lines = asyncio.run(look())
    assert dark != light
    assert len(lines) == 14
    assert "74.2 BPM heard" in "\n".join(lines)


# Listening


def test_the_place_on_the_arc_moves_with_the_progress_line() -> None:
    for minutes in range(7):
        lines = drawn(
            listening(elapsed_us=Micros(minutes * MINUTE), beats_per_bar=None, beat_in_bar=None),
            78,
            20,
        )
        dots = [line.index("●") for line in lines if "●" in line]
        line = next(line for line in lines if "─" in line or "━" in line)
        assert len(dots) == 1
        assert abs(dots[0] - (4 + line.count("━") + line.count("╸"))) <= 1


def test_what_is_not_known_is_said() -> None:
    screen = "\n".join(drawn(VIEWS["listening, nothing known"], 78, 14))
    for text in ("no music", "tempo not known", "the beat is not known", "until stopped"):
        assert text in screen
    assert "paused" in "\n".join(drawn(VIEWS["listening, held"], 78, 14))


# Breathing


@pytest.mark.parametrize("size", [(40, 5), (40, 14), (80, 14), (120, 40)])
def test_the_caution_card_is_kind_and_names_its_key(size: tuple[int, int]) -> None:
    screen = "\n".join(shown(VIEWS["breathing, caution"], size))
    assert "g begins, when you are ready" in screen
    assert "careful" in screen or "psychosis" in screen


def test_the_caution_of_the_activity_is_shown_whole_where_it_fits() -> None:
    message = "Before the first breath, think of panic. Press g to put this away and begin."
    view = breathing(state="caution", phase=None, message=message)
    joined = " ".join(" ".join(drawn(view, 78, 14)).split())
    assert message in joined
    assert "g begins" not in joined


def test_the_clock_the_wait_and_the_end_are_said_in_words() -> None:
    def screen(**changes: object) -> str:
        return "\n".join(drawn(breathing(**changes), 78, 14))

    assert "on the clock" in screen(on_the_beat=False)
    assert "4 in, 7 hold, 8 out" in screen(counts=(4, 7, 8, 0))
    assert "10.6 a minute, aim 9" in screen(rate=10.6)
    assert "waiting for the beat" in screen(state="waiting", phase=None, message="")
    assert "‖ paused" in screen(state="paused")
    assert "g begins again" in screen(state="unpaced", phase=None, message="")
    assert "the guide has ended" in screen(state="ended", phase=None, message="")
    assert "easy and shallow; stop if dizzy" in screen()
    assert "1 breath\n" in screen(breaths=1)


@pytest.mark.parametrize("size", [(38, 3), (38, 12), (78, 12), (118, 38)])
def test_the_guide_rises_with_the_breath_in_every_size(size: tuple[int, int]) -> None:
    def mass(fullness: float) -> int:
        return sum(
            " ▁▂▃▄▅▆▇█".find(sign) if sign in "▁▂▃▄▅▆▇█" else 0
            for line in drawn(breathing(fullness=fullness), size[0], size[1] + 2)
            for sign in line
        )

    masses = [mass(step / 10) for step in range(11)]
    assert masses == sorted(masses)
    assert masses[10] > 3 * masses[1]


# Improvisation


def cells(view: AnyActivityView) -> list[str]:
    """Give the roll's own cells."""
    return [line[6:] for line in drawn(view, 86, 24) if line[5:6] == "│"]


def note(number: int, pitch: int, start_s: float, end_s: float | None) -> RollNote:
    return RollNote(
        player=number,
        pitch=pitch,
        velocity=64,
        start_us=Micros(round(start_s * SECOND)),
        end_us=None if end_s is None else Micros(round(end_s * SECOND)),
    )


def test_notes_lie_at_their_time_and_pitch_in_their_players_shape() -> None:
    notes = (note(1, 60, 0, 5), note(2, 71, 10, None))
    grid = cells(improvisation(roll=notes, players=()))
    low = next(line for line in grid if "●" in line)
    high = next(line for line in grid if "○" in line)
    assert grid.index(high) < grid.index(low)
    assert low.startswith("●━━━")
    assert low.rstrip() == "●" + "━" * (len(low.rstrip()) - 1)
    assert abs(len(low.rstrip()) - 20) <= 1
    assert abs(high.index("○") - 40) <= 1
    assert high.endswith("─▸")


def test_onsets_at_one_place_are_marked_as_together() -> None:
    grid = cells(improvisation(roll=(note(1, 60, 4, 5), note(2, 60, 4, 5)), players=()))
    assert sum(line.count("◉") for line in grid) == 1


def test_a_line_never_hides_an_onset() -> None:
    notes = (note(1, 60, 5, 6), note(2, 60, 1, 19))
    assert "●" in "".join(cells(improvisation(roll=notes, players=())))


def test_notes_outside_the_window_are_left_out() -> None:
    view = improvisation(roll=(note(1, 60, -9, -1), note(1, 62, 30, 31)), players=(), marks=())
    assert "".join(cells(view)).strip() == ""


@given(st.lists(st.integers(0, 127), max_size=8), st.integers(3, 30))
def test_every_pitch_played_has_a_row_and_an_octave_is_shown(
    pitches: list[int], height: int
) -> None:
    notes = tuple(note(1, pitch, 0, 1) for pitch in pitches)
    low, step = pitch_scale(improvisation(roll=notes, players=()), height)
    assert step >= 1
    assert height * step > 12
    assert all(0 <= (pitch - low) // step < height for pitch in pitches)


def test_players_stand_in_their_order_and_too_few_notes_is_said() -> None:
    view = improvisation(players=(few(1, "client"), player(2, "therapist")))
    screen = drawn(view, 118, 24)
    lines = "\n".join(screen)
    assert "too few notes to calculate" in lines
    assert lines.index("client") < lines.index("therapist")
    assert next(line for line in screen if "therapist" in line).startswith("○ ")


def test_a_large_group_keeps_its_roll_and_nobody_is_left_out_unsaid() -> None:
    screen = drawn(VIEWS["improvisation, twelve"], 78, 14)
    assert sum(line[5:6] == "│" for line in screen) >= 3
    named = sum("group member" in line for line in screen)
    assert f"and {12 - named} more players" in "\n".join(screen)
    everyone = "\n".join(drawn(VIEWS["improvisation, twelve"], 118, 38))
    assert all(f"group member {number} " in everyone for number in range(1, 13))


@pytest.mark.parametrize("height", range(5, 15))
def test_two_players_are_both_named_at_every_height(height: int) -> None:
    screen = "\n".join(drawn(improvisation(), 78, height))
    assert "● client" in screen
    assert "○ therapist" in screen
    assert ("20 s ago" in screen) == (height >= 8)


def test_a_long_reason_leaves_the_instruction_whole() -> None:
    message = "no music with a beat: counting on the clock; kept near 9.5/min; stop if dizzy"
    screen = "\n".join(drawn(breathing(message=message, on_the_beat=False), 38, 14))
    for text in ("no music with a beat", "kept near 9.5/min", "stop if dizzy", "on the clock"):
        assert text in screen


def test_no_port_and_no_take_are_said() -> None:
    lines = "\n".join(drawn(VIEWS["improvisation, no take"], 78, 14))
    assert "no take yet" in lines
    assert "no MIDI port" in lines


# Keys


@given(
    st.lists(st.tuples(st.just("x"), st.sampled_from("abcxyz"), st.text(max_size=40)), max_size=9),
    st.integers(38, 120),
    st.integers(1, 3),
)
def test_every_key_is_shown_whatever_the_labels(
    actions: list[tuple[str, str, str]], width: int, most: int
) -> None:
    rows = key_rows(actions, width, most)
    assert len(rows) <= most
    assert all(row_width(row) <= width for row in rows)
    keys = [text for row in rows for text, tone in row if tone == "key"]
    assert keys == [key for _, key, _ in actions]


# The course

segments = st.builds(
    CourseSegment,
    title=st.text(max_size=30),
    planned_us=st.none() | st.integers(0, 90).map(lambda minutes: Micros(minutes * MINUTE)),
    state=st.sampled_from(["ahead", "now", "done", "skipped"]),
    done_us=st.integers(0, 90).map(lambda minutes: Micros(minutes * MINUTE)),
)


@given(st.lists(segments, max_size=20).map(tuple), st.integers(1, 130), st.integers(1, 2))
@settings(max_examples=60)
def test_a_course_always_fits(plan: tuple[CourseSegment, ...], width: int, most: int) -> None:
    rows = course_rows(plan, width, most)
    assert len(rows) <= most
    assert all(row_width(row) <= width for row in rows)
    assert bool(rows) == bool(plan)


def test_six_segments_are_read_in_eighty_columns() -> None:
    widget = Course()

    async def look(size: tuple[int, int]) -> list[str]:
        async with Host(widget).run_test(size=size) as pilot:
            widget.show(course())
            await pilot.pause()
            return seen(widget)

    lines = asyncio.run(look((80, 24)))
    assert len(lines) == 2
    screen = "\n".join(lines)
    for text in ("● Check-in 7/5 min", "▶ Breathing together 2/4", "○ Improvisation 12"):
        assert text in screen
    assert "○ Words until stopped" in screen


def test_a_wide_screen_takes_one_row_and_a_long_plan_keeps_now_in_sight() -> None:
    assert len(course_rows(course()[:4], 118, 2)) == 1
    plan = tuple(
        CourseSegment(
            title=f"Part {number} of the day",
            planned_us=MINUTE,
            state="done" if number < 12 else "now" if number == 12 else "ahead",
        )
        for number in range(24)
    )
    rows = [row_text(row) for row in course_rows(plan, 78, 2)]
    screen = "\n".join(rows)
    assert "▶ Part 12" in screen
    assert "before" in screen
    assert "more" in screen


def test_every_panel_is_in_the_registry_under_its_methods_name() -> None:
    assert set(PANELS) == {"listening", "breathing", "improvisation", "words"}
    assert all(issubclass(panel, Panel) for panel in PANELS.values())


def keyed(*keys: str, width: int = 78, height: int = 20, **changes: object) -> list[str]:
    """Draw the improvisation after some keys."""
    panel = ImprovisationPanel()
    panel.post_message = lambda message: True  # type: ignore[method-assign]
    panel.redraw = lambda: None  # type: ignore[method-assign]
    panel.panel = panel_of(improvisation(**changes))
    for key in keys:
        panel.draw(width, height)
        assert panel.take_key(key)
    return ["".join(text for text, _ in row) for row in panel.draw(width, height)]


def test_course_shows_density_velocity_and_tempo_of_the_last_minutes() -> None:
    screen = keyed(height=34, width=100)
    assert sum(line.rstrip().endswith("density") for line in screen) == 2
    assert sum(line.rstrip().endswith("velocity") for line in screen) == 2
    tempo = next(line for line in screen if line.startswith("tempo"))
    assert tempo.split()[1:8] == ["–", "~71", "~72", "72", "73", "72", "BPM"]
    gap = next(line for line in screen if line.endswith("density"))
    assert "··" in gap


def test_figures_can_be_hidden_every_one() -> None:
    screen = "\n".join(keyed("M", height=30))
    assert "● client" in screen
    assert "show figures" in screen
    for figure in ("412", "1.9", "sounding 31", "BPM", "density", "vel "):
        assert figure not in screen
    assert "412" in "\n".join(keyed("M", "M"))


def test_each_row_can_be_chosen_and_is_explained_by_the_page() -> None:
    screen = "\n".join(keyed("E", "down"))
    assert "\nclient" in screen
    assert "▶ onset interval, nPVI" in screen
    assert "client: 42.1, n 380" in screen
    assert "nPVI: how much neighbouring intervals differ" in screen
    assert "Formula: 100/(m-1)" in screen
    last = "\n".join(keyed("E", "pagedown", "pagedown"))
    assert "4/4" in last
    assert "no steady pulse" in last
    assert "95 % 0.39 to 0.84, by chance 0.30" in "\n".join(keyed("E", width=118))
    assert "▶" not in "\n".join(keyed("E", "E"))


def test_a_narrow_list_cuts_no_value_and_the_chosen_one_is_given_in_full() -> None:
    lines = keyed("E", "pagedown", width=36, height=20)
    screen = "\n".join(lines)
    assert any(line.startswith("▶ tempo drift") and line.endswith(" –") for line in lines)
    assert "no steady pulse" in screen
    assert "9 of 14" in screen
    assert not any("…" in line for line in lines if "n 4" in line or "95 %" in line)
    chosen = " ".join("\n".join(keyed("E", "down", "down", width=36, height=24)).split())
    assert "9 of 14, n 14, 95 % 0.39 to 0.84, by chance 0.30" in chosen


def test_figures_of_one_kind_are_told_apart_in_a_narrow_list() -> None:
    rows = tuple(
        MetricRow(topic="", key=end, who="client", label=f"strikes around the music: {end}",
                  text="12 ms", value=12.0)
        for end in ("mean", "closeness (R)", "place", "by chance (p)")
    )  # fmt: skip
    screen = keyed("E", width=38, height=24, played=PlayedSoFar(rows=rows))
    for end in ("mean", "closeness (R)", "place", "by chance (p)"):
        assert any(f"…: {end}" in line and "12 ms" in line for line in screen)


def test_the_first_of_a_players_figures_is_seen_under_their_name() -> None:
    lines = keyed("E", "pagedown", "up", "up", "up", height=14)
    (at,) = (row for row, line in enumerate(lines) if line.startswith("▶"))
    assert lines[at - 1] == "client"


@pytest.mark.parametrize("key", ["E", "X"])
def test_what_is_asked_is_seen_in_every_picture(key: str) -> None:
    asked = "Play a note for the client. P leaves all as it is."
    for width in (36, 78):
        screen = " ".join("\n".join(keyed(key, width=width, message=asked)).split())
        assert asked in screen


def test_list_without_rows_says_so() -> None:
    assert "Figures come with the first seconds" in "\n".join(keyed("E", played=PlayedSoFar()))


def test_large_picture_has_tall_digits_and_broad_bars() -> None:
    screen = keyed("X", height=24)
    assert any(line.strip().startswith("██████") for line in screen)
    assert sum("CLIENT" in line for line in screen) == 1
    hidden = "\n".join(keyed("M", "X", height=24))
    assert "THERAPIST" in hidden
    assert "····" not in hidden


def test_marks_stand_over_the_roll() -> None:
    assert any("▾" in line for line in keyed())


@pytest.mark.parametrize("keys", [(), ("M",), ("E",), ("X",), ("M", "X")])
@given(width=st.integers(36, 130), height=st.integers(5, 45))
def test_every_picture_keeps_to_its_size(keys: tuple[str, ...], width: int, height: int) -> None:
    screen = keyed(*keys, width=width, height=height)
    assert len(screen) <= height
    assert all(cell_len(line) <= width for line in screen[1:-1])


def test_every_figure_of_a_take_is_explained() -> None:
    parts = made_duos.duo(1, 2).players
    players = [
        PlayerTake(player=index, name=name, role="member", figures=basics(part))
        for index, (name, part) in enumerate(zip("AB", parts, strict=True))
    ]
    rows = metric_rows(players, analyse(parts, surrogates=1), "now")
    assert {row.topic for row in rows} <= set(explanations())
    assert len(rows) > 80


@pytest.mark.parametrize("lead", ["led by hand", "tempo held"])
def test_listening_beside_another_panel_cuts_no_word(lead: str) -> None:
    arc = ((0, 72.0), (6 * MINUTE, 66.0))
    led = ((0, 72.0), (6 * MINUTE, 53.87))
    tempi = {"heard_bpm": 62.74, "target_bpm": 61.2, "planned_bpm": 67.0}
    view = listening(**tempi, arc=arc, led=led, lead=lead, next_title=None)
    rows = shown(view, (39, 18))
    assert "62.7 heard 61.2 led 67.0 planned" in "\n".join(rows)
    assert not any("…" in row for row in rows)
    assert "T own" in "\n".join(rows)


def test_a_tempo_that_is_known_is_not_called_unknown() -> None:
    rows = "\n".join(shown(listening(beats_per_bar=None, beat_in_bar=None), (80, 18)))
    assert "the bars are not known" in rows
    assert "the beat is not known" not in rows
