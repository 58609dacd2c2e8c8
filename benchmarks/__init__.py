"""What ncrobot's figures are measured with; run all with `make bench`."""
