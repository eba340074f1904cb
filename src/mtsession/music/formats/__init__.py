"""Playlists as files: the native one, M3U and XSPF."""
