"""MIDI ports, capture, note pairing and Standard MIDI Files."""
