"""Built-in relaxation music, composed and rendered over any tempo."""
