"""What the parts do together: the 24/7 service, and runs that end."""
