"""What the rooms say to one another."""
