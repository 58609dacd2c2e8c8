"""The scientist's documents, parsed and validated: the protocol and its conditions table."""
