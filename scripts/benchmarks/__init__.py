"""The gateway beside its peers, under one load: see scripts/bench."""
