"""The command line: one file a verb."""

from isthmus.commands.app import main

__all__ = ["main"]
