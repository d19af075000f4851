"""Backups, what is restored of them, and data that moves from one database to another."""
