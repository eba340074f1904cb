"""The plan format: what is read, and how each fault is told."""

from pathlib import Path

import msgspec
import pytest

from mtsession.errors import MusicError, PlanError
from mtsession.session.activity import Settings
from mtsession.session.plan import check_plan, parse_plan
from mtsession.session.plan_check import PlanFaultsError, told_place
from mtsession.timeline.units import MINUTE


class Lamp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    colour: str
    watts: float = 5.0

    def __post_init__(self) -> None:
        if not self.watts > 0:
            raise ValueError("`watts`: a lamp needs power.\nWrite more than 0.")


class Still(Settings, frozen=True, kw_only=True):
    lamps: tuple[Lamp, ...] = ()
    depth: int = 1
    runs_on: bool = False


METHODS: dict[str, type[Settings]] = {"still": Still}

GOOD = """\
version = 1
title = "Rest"  # a comment with [brackets] and "quotes"
when = "At the end of a long day."

[[segment]]
title = "Sit"
minutes = 2.5
optional = true

[[segment.activity]]
method = "still"
lamps = [
  { colour = "red" },
  { colour = "blue", watts = 3 },
]
runs_on = true

[[segment]]
title = "Lie"
until = "stopped"

[[segment.activity]]
method = "still"
"""


def faults(text, **options):
    return check_plan(text, name="p.toml", methods=METHODS, **options)


def test_a_plan_is_read_whole():
    plan = parse_plan(GOOD, name="p.toml", methods=METHODS)
    first, second = plan.segments
    assert (plan.title, plan.when) == ("Rest", "At the end of a long day.")
    assert first.planned_us == 2.5 * MINUTE
    assert first.optional
    assert first.activities[0].runs_on
    assert first.activities[0].settings == Still(
        lamps=(Lamp(colour="red"), Lamp(colour="blue", watts=3.0)), runs_on=True
    )
    assert second.planned_us is None
    assert plan.planned_us is None


def test_a_plan_becomes_plain_values_for_the_record():
    plain = parse_plan(GOOD, name="p.toml", methods=METHODS).to_builtins()
    assert plain["version"] == 1
    assert plain["segments"][0]["activities"][0]["method"] == "still"
    assert plain["segments"][0]["activities"][0]["settings"]["lamps"][1]["watts"] == 3.0


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "told"),
    [
        ("title =", "titel =", 2, "titel", "Did you mean `title`?"),
        ("version = 1", "version = 2", 1, "version", "not known here"),
        ("minutes = 2.5", "minutes = 0", 7, "segment.minutes", "0 minutes cannot be"),
        ("minutes = 2.5", "minutes = -3", 7, "segment.minutes", "cannot be"),
        ("minutes = 2.5", "minutes = nan", 7, "segment.minutes", "cannot be"),
        ("minutes = 2.5", 'minutes = "ten"', 7, "segment.minutes", "a number of minutes"),
        ("minutes = 2.5\n", "", 5, "segment.minutes", "no length"),
        ("minutes = 2.5", 'until = "never"', 7, "segment.until", "not known"),
        ("optional = true", "optional = 1", 8, "segment.optional", "true or false"),
        ('method = "still"\nlamps', 'method = "stil"\nlamps', 11, "segment.activity.method",
         "Choose from: still"),
        ('method = "still"\nlamps', "lamps", 10, "segment.activity.method", "no method"),
        ("runs_on = true", "run_on = true", 16, "segment.activity.run_on", "`runs_on`"),
        ("runs_on = true", "depth = 1.5", 16, "segment.activity.depth", "a whole number"),
        ("runs_on = true", "runs_on = 1", 16, "segment.activity.runs_on", "true or false"),
        ("watts = 3", "watts = 0", 14, "segment.activity.lamps.watts", "a lamp needs power"),
        ("watts = 3", "volts = 3", 14, "segment.activity.lamps.volts", "not known"),
        ('{ colour = "red" }', "{}", 13, "segment.activity.lamps.colour", "missing"),
        ('colour = "red"', "colour = 7", 13, "segment.activity.lamps.colour", "words in quotes"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_line_and_key(old, new, line, key, told):
    (fault, *rest) = faults(GOOD.replace(old, new, 1))
    found = next(each for each in (fault, *rest) if each.key == key)
    assert found.line == line
    assert told in f"{found.sentence} {found.hint}"
    assert found.sentence.startswith(f"p.toml, line {line}, `{key}`: ")


def test_a_method_runs_once_at_a_time():
    again = '[[segment.activity]]\nmethod = "still"\n'
    (fault,) = faults(GOOD + again)
    assert (fault.line, fault.key) == (25, "segment.activity.method")
    assert "“still” already" in fault.sentence


def test_all_faults_are_told_at_once():
    text = GOOD.replace("titel", "title").replace("watts = 3", "watts = 0")
    text = text.replace("minutes = 2.5", "minutes = 0").replace('"stopped"', '"never"')
    assert [fault.line for fault in faults(text)] == [7, 14, 20]
    with pytest.raises(PlanError, match="2 more faults") as caught:
        parse_plan(text, name="p.toml", methods=METHODS)
    assert isinstance(caught.value, PlanFaultsError)
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", None, "empty"),
        ("# only a comment\n", None, "missing"),
        ('version = 1\ntitle = "a', 2, "not TOML"),
        ("version = 1\ntitle = \n", 2, "not TOML"),
        ("version = 1\nversion = 1\n", 2, "not TOML"),
        ('version = 1\ntitle = "a"\nwhen = "b"\n', None, "no segment"),
        ('version = 1\ntitle = "a"\nwhen = "b"\nsegment = 3\n', 4, "list of tables"),
        ('version = 1\ntitle = "a"\nwhen = "b"\nsegment = [1]\n', 4, "list of tables"),
    ],
)
def test_what_is_no_plan_gets_a_sentence(text, line, told):
    assert any(fault.line == line and told in fault.sentence for fault in faults(text))


def test_what_settling_refuses_is_told_in_its_place():
    def settle(method, settings, planned_us):
        raise MusicError("`lamps[1].colour`: it is too bright.", "Dim it.")

    first, second = faults(GOOD, settle=settle)
    assert first.sentence == "p.toml, line 14, `segment.activity.lamps.colour`: it is too bright."
    assert first.hint == "Dim it."
    assert second.line == 22


def test_settled_settings_are_kept():
    plan = parse_plan(
        GOOD,
        name="p.toml",
        methods=METHODS,
        settle=lambda method, settings, planned: msgspec.structs.replace(settings, depth=7),
    )
    assert [each.activities[0].settings.depth for each in plan.segments] == [7, 7]


def test_a_sentence_that_opens_with_its_key_is_kept_whole():
    assert told_place("`depth` of this is 3.") == (("depth",), "`depth` of this is 3.")
    assert told_place("It is 3.") == ((), "It is 3.")


def test_windows_line_ends_keep_their_count():
    text = GOOD.replace("watts = 3", "watts = 0").replace("\n", "\r\n")
    assert [fault.line for fault in faults(text)] == [14]


def test_every_shipped_plan_is_toml():
    folder = Path(__file__).parents[2] / "playlists"
    assert len(list(folder.glob("*.toml"))) == 8
