"""The other contracts, which take minutes: `make fuzz`."""
