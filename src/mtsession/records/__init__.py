"""The vault, the journals and what is kept in them."""
