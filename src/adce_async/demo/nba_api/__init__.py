"""stats.nba.com and cdn.nba.com, simulated in their true shapes."""
