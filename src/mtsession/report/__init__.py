"""Draws sections and figures without knowing the method."""
