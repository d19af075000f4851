"""Kantata OX's endpoints: time off entries, and what they refer to."""
