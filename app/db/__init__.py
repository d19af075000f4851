"""SQL, rows and drivers: nothing outside imports them. Rule numbers are of docs/rules.md."""
