"""The gate before every port of the local cloud: who may send a request, and as whom.

Both servers ask it before they read a request's body; ministack's runs in a separate environment.
So the gate needs botocore and the standard library, and nothing else of the workshop.
"""
