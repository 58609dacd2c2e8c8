"""The terminal as a device: the person in front of it."""
