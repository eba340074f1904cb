"""One panel a therapy method."""
