"""Basketball-Reference, simulated: its pages in their true shapes."""
