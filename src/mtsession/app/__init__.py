"""Composition: config, paths, registry and wiring."""
