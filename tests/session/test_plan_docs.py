"""The page that describes plans: its examples are read as plans are."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from mtsession.activities.breathing.settings import BreathingSettings
from mtsession.activities.improvisation.settings import ImprovisationSettings
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.activities.words.method import WordsSettings
from mtsession.media.composer.catalogue import PIECES
from mtsession.music.track import Track
from mtsession.session.plan import check_plan

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "plans.md").read_text(encoding="utf-8")
METHODS = {
    "listening": ListeningSettings,
    "breathing": BreathingSettings,
    "improvisation": ImprovisationSettings,
    "words": WordsSettings,
}
HEAD = 'version = 1\ntitle = "T"\nwhen = "Now."\n'
SEGMENT = '[[segment]]\ntitle = "S"\nminutes = 12\n'
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_sound(example):
    if example.startswith("arc"):
        activity = '[[segment.activity]]\nmethod = "listening"\npieces = ["harbour"]\n'
        arcs = re.split(r"^(?=arc)", example, flags=re.MULTILINE)[1:]
        assert len(arcs) in {3, 5}
        texts = [HEAD + SEGMENT + activity + arc for arc in arcs]
    elif "version" in example:
        texts = [example]
    else:
        texts = [HEAD + ("" if example.startswith("[[segment]]") else SEGMENT) + example]
    for text in texts:
        assert tomllib.loads(text)
        assert check_plan(text, name="p.toml", methods=METHODS) == ()


def test_every_key_of_listening_and_its_tracks_is_described():
    for struct in (ListeningSettings, Track):
        for field in msgspec.structs.fields(struct):
            assert re.search(rf"[`.]{field.encode_name}\b", PAGE), field.encode_name


def test_every_built_in_piece_and_shipped_plan_is_named():
    for name in (*PIECES, *(path.stem for path in (ROOT / "playlists").glob("*.toml"))):
        assert f"`{name}`" in PAGE
