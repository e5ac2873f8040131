"""The same work done by others: `python PEER.py URL COUNT FOLDER CONCURRENCY [OPTION]...` prints `{wall, cpu}`.

Fetch, look whether it is what was asked for, write it below FOLDER; `work` says which. The seconds run from the
framework's start to its end, after all imports. The files import nothing of this project, but for `promised`.
"""
