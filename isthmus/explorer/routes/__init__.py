"""The routes of the page, a file for each thing that it asks about."""
