"""How music is heard: mixer, player, cues, outputs."""
