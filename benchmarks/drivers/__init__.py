"""What each driver can do and withstand at its emulator, and what it costs."""
