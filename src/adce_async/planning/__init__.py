"""Pure functions from whole states to tasks; today and now are arguments."""
