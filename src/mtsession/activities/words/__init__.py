"""Words: talk, a check-in, a silence; only its time is kept."""
