"""Breathing paced by the beats of the music, or by the clock."""
