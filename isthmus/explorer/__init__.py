"""The explorer: one server for a run, which other programs and a browser ask."""
