"""Which panel draws which method: one line a method."""

from typing import Any

from mtsession.ui.panels.base import Panel
from mtsession.ui.panels.breathing import BreathingPanel
from mtsession.ui.panels.improvisation import ImprovisationPanel
from mtsession.ui.panels.listening import ListeningPanel
from mtsession.ui.panels.words import WordsPanel

PANELS: dict[str, type[Panel[Any]]] = {
    "listening": ListeningPanel,
    "breathing": BreathingPanel,
    "improvisation": ImprovisationPanel,
    "words": WordsPanel,
}
