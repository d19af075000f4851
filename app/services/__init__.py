"""What can be done, one transaction each. Rule numbers are of docs/rules.md."""
