"""Time: clocks, tempo maps, beat grids and the core session events."""
