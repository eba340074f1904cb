"""A program that decides without an end, and says what it was told is kept."""

import sys
from itertools import count
from pathlib import Path

from mtsession.music.library.catalogue import Catalogue
from mtsession.music.recording import Decision

if __name__ == "__main__":
    with Catalogue.open(Path(sys.argv[1])) as catalogue:
        contents = [each.content for each in catalogue.recordings()]
        for number in count():
            content = contents[number % len(contents)]
            catalogue.decide(content, Decision(bpm=20.0 + number / 10, how="typed"))
            sys.stdout.write(f"{content} {20.0 + number / 10}\n")
            sys.stdout.flush()
