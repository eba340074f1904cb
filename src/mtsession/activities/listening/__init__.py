"""Listening: music on a tempo arc."""
