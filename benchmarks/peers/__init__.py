"""The same work done by others: `python PEER.py URL COUNT FOLDER CONCURRENCY` prints `{wall, cpu}`.

Fetch `URL/items/ID.json` for COUNT ids, decode the JSON, compare the id, write the body to FOLDER/ID.json. The seconds
run from the framework's start to its end, after all imports. The files import nothing of this project.
"""
