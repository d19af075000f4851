"""Mutation testing of the domain: whether its tests would notice if a rule were another one."""
