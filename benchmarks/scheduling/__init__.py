"""The scheduling benchmark: plates of nanocluster syntheses on one arm, solved and compared."""
