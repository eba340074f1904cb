"""The therapist's own recordings: found, measured once, and kept in a catalogue."""
