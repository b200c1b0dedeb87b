"""The Lambda API of the local cloud.

It serves durable functions and their executions, with AWS's rules, and passes every other request
to ministack.
"""
