"""The gate before every port of the local cloud: who may come in, and in whose name.

Both servers ask it before they read a request's body, ministack's in an environment of its own. So
it needs botocore and the standard library, and nothing else of the workshop.
"""
