"""The demo on a lake in S3: starts a real S3 server on this machine, fills a bucket, shows what is in it, stops it."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.s3_server import running

MOST_SECONDS = 300


def main() -> int:
    with running() as server:
        lake = f"s3://{server.new_bucket()}/nba"
        sys.stdout.write(f"an S3 server at {server.url}\n")
        sys.stdout.flush()
        command = [sys.executable, "-m", "adce_async", "--lake", lake, "demo"]
        try:
            environment = os.environ | server.environment
            code = subprocess.run(command, env=environment, timeout=MOST_SECONDS, check=False).returncode
        except subprocess.TimeoutExpired:
            sys.stderr.write(f"not done within {MOST_SECONDS} s\n")
            return 1
    sys.stdout.write(
        "\nThe S3 server is stopped, and the lake in it is gone: the commands above are for a lake that stays "
        "(`make demo`, or `adce --lake s3://... demo` on a server of yours).\n"
    )
    return code


if __name__ == "__main__":
    sys.exit(main())
