"""What is true even on paper, without a database or a network; docs/rules.md has the rules.

"Rule 2.2" beside a line is that page's number.
"""
