"""What a recording is, and how a programme is planned."""
