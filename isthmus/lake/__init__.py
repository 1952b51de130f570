"""Many files encoded piece by piece: by one process, or by workers on many machines.

::

    list the files ──► cut them into pieces ──► manifest ──► each piece: read ─► encode ─► write
     (listing.py)       (forms.py, sources.py)  (manifest.py)     (pieces.py, called by engines.py)

A piece is some of the input and one file of the output, which is there whole or not at all. So a
run that was killed goes on by writing what is missing, and who writes it plays no part.
"""

from isthmus.lake.job import Encoded, encode_lake

__all__ = ["Encoded", "encode_lake"]
