"""The same work done by others: `python PEER.py URL COUNT FOLDER CONCURRENCY` prints the seconds it took.

Fetch `URL/items/ID.json` for COUNT ids, decode the JSON, compare the id, write the body to FOLDER/ID.json. The clock
runs from the framework's start to its end, after all imports. The files import nothing of this project.
"""
