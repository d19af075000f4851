"""Requests that the gateway sends to addresses which its callers name. It knows no service."""
