"""The durable execution service: AWS's own emulator, with what it lacks added.

The emulator is the library ``aws-durable-execution-sdk-python-testing``. Each module here changes
one thing about it and says which, after the word "Fixes". When a release closes that gap, a test in
tests/contract/test_upstream.py fails: then remove the fix. The gaps were found with AWS's own
conformance cases, on version 1.4.0; see also its issues 188 and 219, on skipped time.
"""
