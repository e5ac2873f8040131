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
        print(f"an S3 server at {server.url}", flush=True)
        command = [sys.executable, "-m", "adce_async", "--lake", lake, "demo"]
        try:
            return subprocess.run(command, env=os.environ | server.environment, timeout=MOST_SECONDS).returncode
        except subprocess.TimeoutExpired:
            print(f"not done within {MOST_SECONDS} s")
            return 1


if __name__ == "__main__":
    sys.exit(main())
