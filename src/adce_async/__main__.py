"""`python -m adce_async`, and `adce`."""

from adce_async.cli import early_signals


def main() -> None:
    """Run the command line and end the process with its exit code."""
    early_signals.heed()
    from adce_async.cli.main import main  # noqa: PLC0415 - only now: a signal may come while this imports

    main()


if __name__ == "__main__":
    main()
