"""One folder a therapy method."""
