"""Isthmus beside its rivals: the same split, machine and threads, each fit in its own process."""
