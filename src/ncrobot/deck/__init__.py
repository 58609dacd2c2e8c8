"""What stands where: the deck layout, read from YAML and checked before anything moves."""
