"""The figures of a take: formulas, each over a take's notes."""
