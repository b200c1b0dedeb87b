"""One order seen from outside: its contract, its API, its history."""
