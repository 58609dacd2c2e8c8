"""The compiled protocol: operations, the lags between them, and what each well is meant to get."""
