"""What is measured of a recording: its pulse, loudness and key, from one pass over its samples."""
