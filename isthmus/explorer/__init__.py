"""A page on which a run is explored: its map, its items, and what lies between them."""
