"""An application of the kind this project is for, tested as its users test theirs (tests/test_example_app.py)."""
