"""``python -m connectors``: the standalone worker."""

from connectors.cli import main

if __name__ == "__main__":
    main()
