"""python -m raravis."""

from raravis.cli import main

if __name__ == "__main__":
    main()
