"""The page at `/`: rendered here, so that it is there without JavaScript; a small script keeps it current."""
