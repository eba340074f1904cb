"""A music therapist's desk for a session."""
