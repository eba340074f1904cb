"""The real-time process and its proxy."""
