"""The files of the system before this one: read, mapped to ours, and written anew beside them."""
