"""Run with `python -m mtsession`."""

import sys

from mtsession.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
