"""Streams of sample blocks, from files or from the composer."""
