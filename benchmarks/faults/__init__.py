"""The fault campaign: every defined error in every act, and seeded random sequences of faults."""
