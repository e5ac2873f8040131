"""ESPN, simulated: its site API in its true shapes."""
