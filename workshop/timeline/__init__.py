"""The live timeline of an order: ``watch`` follows it, ``snapshot`` is a picture of it."""
