"""Improvisation: playing together, kept as takes."""
