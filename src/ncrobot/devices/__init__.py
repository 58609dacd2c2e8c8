"""Device contracts: what each kind of device promises, whatever its make."""
