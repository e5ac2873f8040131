"""`python -m adce_async`."""

from adce_async.cli.main import main

if __name__ == "__main__":
    main()
