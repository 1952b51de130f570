"""``python -m isthmus``: the command line."""

from isthmus.commands import main

if __name__ == "__main__":
    main()
