"""Procore Workforce Planning's endpoints: the time off of a person."""
