"""What `certify` is made of: units and their values, the looks and their log, the price in words, the file."""
