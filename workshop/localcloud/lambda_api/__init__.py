"""The Lambda API of the local cloud.

Durable functions and their executions are served here, by AWS's rules; everything else about
Lambda passes through to ministack.
"""
