"""What Kaggle has, and where.

    datasets/view/{owner}/{slug}  ->  currentVersionNumber  ->  datasets/download/{owner}/{slug}?datasetVersionNumber=N

A download leads to signed storage at Google. Data sets that are known:

- wyattowalsh/basketball (CC BY-SA 4.0)
- eoinamoore/historical-nba-data-and-player-box-scores
- sumitrodatta/nba-aba-baa-stats (from Basketball-Reference)
- nathanlauga/nba-games

They are others' copies of nba.com and Basketball-Reference, with measured defects: ids of games without their leading
zeros (`22400061` for `0022400061`) in some files and versions, home and away swapped in half of the rows of one table,
a tenth of the games missing. So they are for what no other source has any more, and are believed least.
"""

from __future__ import annotations

from typing import Any

API = "https://www.kaggle.com/api/v1/datasets"

SOURCE: dict[str, Any] = {
    "name": "kaggle",
    "description": "Data sets of others about the NBA, whole or by the file; a free account is needed",
    "terms": (
        "Each data set has a licence of its own, and the operator's account is bound by Kaggle's terms: the decision"
        " is the operator's. www.kaggle.com and storage.googleapis.com have no robots.txt (404), so nothing is"
        " disallowed; it is asked for all the same. Limits are not published. The token is read from KAGGLE_API_TOKEN"
        " or ~/.kaggle/access_token, else the older pair from KAGGLE_USERNAME and KAGGLE_KEY or ~/.kaggle/kaggle.json;"
        " nobody else may be able to read these files."
    ),
    "hosts": ["www.kaggle.com", "storage.googleapis.com"],
    "read_timeout_seconds": 60,
    "timeout_seconds": 3600,
    "max_response_bytes": 5_000_000_000,
}
SCRAPERS: dict[str, dict[str, Any]] = {
    "kaggle_view": {
        "source": "kaggle",
        "uses": "adce_async.sources.kaggle:KaggleView",
        "evidence": "documented",
        "description": "The current version of a data set: its number, date and size",
        "url": f"{API}/view/{{owner}}/{{slug}}",
    },
    "kaggle_metadata": {
        "source": "kaggle",
        "uses": "adce_async.sources.kaggle:KaggleMetadata",
        "evidence": "captured",
        "description": "What a data set says of itself: title, description, licence, files",
        "url": f"{API}/metadata/{{owner}}/{{slug}}",
    },
    "kaggle_dataset": {
        "source": "kaggle",
        "uses": "adce_async.sources.kaggle:KaggleArchive",
        "evidence": "documented",
        "description": "One version of a data set, all files of it as a zip",
        "stream": True,
        "url": f"{API}/download/{{owner}}/{{slug}}",
    },
    "kaggle_file": {
        "source": "kaggle",
        "uses": "adce_async.sources.kaggle:KaggleFile",
        "evidence": "captured",
        "description": "One CSV file of one version of a data set, as it is or zipped",
        "stream": True,
        "url": f"{API}/download/{{owner}}/{{slug}}/{{file}}",
    },
}
