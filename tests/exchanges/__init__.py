"""The same requests to two states of the project, and what differs in the answers: ``make compare BASE=<commit>``.

Only what a client sees is compared: status, headers in their order, body, and how the connection ended. Nothing here
imports the inside of ``mockserver``, so that this still works when everything inside has changed.
"""
