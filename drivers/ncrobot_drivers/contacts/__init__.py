"""Plain contacts on the handshake lines of a serial port."""
