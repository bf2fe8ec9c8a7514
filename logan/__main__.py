"""``python -m logan``: the command line."""

from logan.cli import main

if __name__ == "__main__":
    main()
