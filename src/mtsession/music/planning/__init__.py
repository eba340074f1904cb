"""How recordings are chosen and laid out along an arc."""
