"""The same work done by others: `python PEER.py URL COUNT FOLDER CONCURRENCY` prints its seconds.

Fetch `URL/items/ID.json` for COUNT ids, decode the JSON, compare the id, write the body to FOLDER/ID.json.
`{wall, cpu}`
run from the framework's start to its end, after all imports. The files import nothing of this project.
"""
