"""Tests of the vault, the journals and their recorder."""
