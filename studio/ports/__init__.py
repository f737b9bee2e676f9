"""What the studio asks of the outside world, in its own words: protocols, values, errors."""
