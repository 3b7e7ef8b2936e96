"""The config file: where it is found, and what it says.

applying   its options beside the arguments of ``MockServer``
finding    the file nearest to a folder, upwards; imported by every run of pytest, so it imports little itself
reading    its options, checked, with the place of each
pyproject  the table ``[tool.mockserver]`` of a Python project
tables     whether a text holds that table
"""
