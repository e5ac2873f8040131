"""What a scraper author writes against."""
