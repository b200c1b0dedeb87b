"""The durable execution service: AWS's own emulator, with what it lacks added.

The emulator is the library ``aws-durable-execution-sdk-python-testing``. Each module here
changes one thing about it and says which.
"""
