"""A stand-in for every cloud: the recordings, a loopback server that plays them, and the faults it can play."""
