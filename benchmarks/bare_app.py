"""The least that a Textual app can be: what the first frame of mtsession is held against."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("a bare app stands here")


if __name__ == "__main__":
    Bare().run()
